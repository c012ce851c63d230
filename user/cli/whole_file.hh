// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A file that is there whole or not at all.
 */
#pragma once

#include <string>
#include <string_view>

namespace vmalock {

/**
 * Can a file of this name be made?
 * @throw std::runtime_error saying why not.
 */
void check_writable(const std::string &path);

/**
 * Puts @p text there in one step, in place of what was there. Signals that would
 * end the tool have to wait, so that nothing is left behind. What is no regular
 * file, such as a pipe, is written to as it is.
 * @throw std::runtime_error if it cannot be done.
 */
void write_whole(const std::string &path, std::string_view text);

} // namespace vmalock
