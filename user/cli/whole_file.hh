// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Files that are written whole or not at all.
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
 * Replace the file by @p text in one step. Signals that would end the tool have to
 * wait, so that no temporary file is left behind. A pipe, or anything else that is not
 * a regular file, is written to directly.
 * @throw std::runtime_error if it cannot be done.
 */
void write_whole(const std::string &path, std::string_view text);

} // namespace vmalock
