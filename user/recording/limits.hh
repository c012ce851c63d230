// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How much a file may have of what is copied into many rows, so that memory and time
 * stay within a multiple of its size.
 */
#pragma once

#include <cstddef>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace vmalock {

/** Of one stack; the tracer walks at most 48, kernel and user each. */
constexpr std::size_t most_frames = 128;

/** Letters of what a machine says of itself; of `uname` they are 64. */
constexpr std::size_t most_letters = 256;

/** Of a command line, and letters of each of its words. */
constexpr std::size_t most_words = 4096, most_letters_of_word = 4096;

/** @throw std::runtime_error */
inline void expect_at_most(std::size_t most, const auto &what, const char *name)
{
	if (what.size() > most)
		throw std::runtime_error(fmt::format("it has a {} of {}, and {} at most are read", name,
						     what.size(), most));
}

/**
 * A text in JSON, with floating-point numbers that fit wherever a number is read.
 * @throw std::exception
 */
nlohmann::json parsed(const std::string &text);

} // namespace vmalock
