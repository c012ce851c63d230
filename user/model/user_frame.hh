// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The addresses of a user stack, with what is known of each.
 */
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace vmalock {

struct user_frame {
	std::uint64_t address = 0;
	std::string function;		///< demangled; empty if it has no name
	/** As the process calls it, or what lies there in []; empty if the process was gone. */
	std::string file;
	/** Into the file's image, as addr2line takes it; into the file if it could not be read. */
	std::uint64_t offset = 0;
	std::string build_id;		///< hexadecimal; empty if there is none

	bool operator==(const user_frame &) const = default;
};

/** Innermost first. */
using user_frames = std::vector<user_frame>;

/** The process was gone, or might not be looked at, before its memory was known. */
inline bool process_was_gone(const user_frames &frames)
{
	return !frames.empty() && std::ranges::all_of(frames, &std::string::empty, &user_frame::file);
}

} // namespace vmalock
