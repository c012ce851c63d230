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
#include <type_traits>

namespace vmalock {

using buffer = fmt::memory_buffer;

/** A sentence that may quote a name from outside: one line, in which other bytes are \xNN. */
std::string one_line(std::string_view sentence);

/** What is no text stays as it is. */
template <class Value>
decltype(auto) in_one_line(Value &value)
{
	if constexpr (std::is_convertible_v<Value &, std::string_view>)
		return one_line(value);
	else
		return (value);
}

/** No argument can end the line, and begin one that would pass for ours. */
template <class... Arguments>
void line(buffer &out, fmt::format_string<Arguments...> format, Arguments &&...arguments)
{
	[&](auto &&...shown) {
		fmt::vformat_to(std::back_inserter(out), format, fmt::make_format_args(shown...));
	}(in_one_line(arguments)...);
	out.push_back('\n');
}

/** The rows of a table that people are shown without -n. Programs are given all. */
constexpr std::size_t default_rows = 20;

/** How many of @p rows are shown. @param most at most; zero: all */
std::size_t rows_shown(std::size_t rows, std::size_t most);

/** The line that reports the rows left out, empty if there are none. @param option shows all */
std::string rest(std::size_t rows, std::size_t most, std::string_view option = "-n 0");

/** The same as a line of its own, if there is one. */
void add_rest(buffer &out, std::size_t rows, std::size_t most);

/** The rest of a line that has @p indent columns already: in words, further lines under it. */
void add_wrapped(buffer &out, std::string_view words, std::size_t indent);

/** 1234567 as 1,234,567. */
std::string grouped(std::uint64_t number);

std::string share(std::uint64_t part, std::uint64_t whole);

/** A name that came from outside may hold anything; a terminal obeys it. */
std::string printable(std::string_view text, std::size_t width);

/** The same of a path, of which the end tells most. */
std::string printable_end(std::string_view path, std::size_t width);

/** Of a process or thread; a sum of those that have exited has none. */
std::string id_in_words(std::uint32_t id);

/** In the unit that fits. */
std::string duration(std::uint64_t ns);

} // namespace vmalock
