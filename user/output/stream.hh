// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Writing that does not lose anything quietly.
 */
#pragma once

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace vmalock {

using file = std::unique_ptr<std::FILE, int (*)(std::FILE *)>;

/** What to throw: why this could not be done, by errno. @param what such as "write FILE" */
std::runtime_error cannot(const std::string &what);

/**
 * Write all of @p text through to the file, which may be a terminal: what is not ASCII, and
 * no letter, space, tab or end of line, is a '?' there. Names are made safe before, where
 * they would pass for something else; this holds where that was forgotten.
 * @return false if that failed.
 */
bool put(std::FILE *stream, std::string_view text);

/** The same. @throw std::runtime_error if it failed. */
void put_or_throw(std::FILE *stream, std::string_view text);

/** As put(), of text of our own, with what moves the cursor. */
bool put_control(std::FILE *stream, std::string_view text);

} // namespace vmalock
