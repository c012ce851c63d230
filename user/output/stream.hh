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

/** Write all of @p text through to the file. @return false if that failed. */
bool put(std::FILE *stream, std::string_view text);

/** The same. @throw std::runtime_error if it failed. */
void put_or_throw(std::FILE *stream, std::string_view text);

} // namespace vmalock
