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

/** Letters of a text: a path, a function, a word of a command line. What is longer is cut. */
constexpr std::size_t most_letters = 4096;

/** Letters of a name that stands in many rows. */
constexpr std::size_t most_letters_of_name = 256;

/** Of a command line, of what is traced, of what is not visible. What is more is left out. */
constexpr std::size_t most_listed = 4096;

/** @throw std::runtime_error */
inline void expect_at_most(std::size_t most, const auto &what, const char *name)
{
	if (what.size() > most)
		throw std::runtime_error(fmt::format("it has a {} of {}, and {} at most are read", name,
						     what.size(), most));
}

/** Leave out what is too much: it is for people only. */
inline void cut(std::size_t most, auto &what)
{
	if (what.size() > most)
		what.resize(most);
}

/**
 * Cut texts, and see that floating-point numbers fit wherever a number is read.
 * @throw std::runtime_error if they do not
 */
void limit(nlohmann::json &all);

/**
 * A text in JSON, limited.
 * @throw std::exception
 */
nlohmann::json parsed(const std::string &text);

} // namespace vmalock
