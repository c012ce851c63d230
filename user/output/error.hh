// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Prints errors.
 */
#pragma once

#include <cstdio>
#include <string>

namespace vmalock {

/** A sentence for people, on stderr, as a line of ours. */
void say(const std::string &sentence);

/**
 * One sentence: what went wrong, where, and what to do. To people on stderr, to
 * programs as an object on @p results, or on stderr if that cannot be written.
 */
void put_error(std::FILE *results, bool json, const std::string &sentence);

} // namespace vmalock
