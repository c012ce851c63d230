// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Parts of the tables for people.
 */
#pragma once

#include <cstdint>
#include <fmt/format.h>
#include <string>
#include <string_view>

namespace vmalock {

using buffer = fmt::memory_buffer;

template <class... Arguments>
void line(buffer &out, fmt::format_string<Arguments...> format, Arguments &&...arguments)
{
	fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
	out.push_back('\n');
}

/** Rows of a table for people; programs are given all. */
constexpr std::size_t most_rows = 15;

/** Says so if a table of so many rows was cut. */
void add_rest(buffer &out, std::size_t rows);

/** 1234567 as 1,234,567. */
std::string grouped(std::uint64_t number);

std::string share(std::uint64_t part, std::uint64_t whole);

/** A name that came from outside may hold anything; a terminal obeys it. */
std::string printable(std::string_view text, std::size_t width);

/** In the unit that fits. */
std::string duration(std::uint64_t ns);

} // namespace vmalock
