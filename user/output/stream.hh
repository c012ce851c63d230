// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Writing that does not lose anything quietly.
 */
#pragma once

#include <cstdio>
#include <string_view>

namespace vmalock {

/** Write all of @p text through to the file. @return false if that failed. */
inline bool put(std::FILE *stream, std::string_view text)
{
	return std::fwrite(text.data(), 1, text.size(), stream) == text.size() &&
	       !std::fflush(stream);
}

/** The same. @throw std::runtime_error if it failed. */
void put_or_throw(std::FILE *stream, std::string_view text);

} // namespace vmalock
