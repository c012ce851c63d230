// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The bytes of a recording, as docs/recording.md has them. Nothing that is read
 * is believed: a frame comes out as it was put in, or not at all.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace vmalock {

/** The first bytes of a recording; versions follow, each 4 bytes. */
constexpr std::string_view recording_magic = "\x89VMALOCK";

/** A reader refuses a file of a newer major version, and skips frames that a newer minor has. */
constexpr std::uint32_t recording_major = 1, recording_minor = 0;

/** Longest payload of a frame, as stored and as inflated, in bytes. */
constexpr std::size_t most_payload = 64 << 20;

enum class frame_type : std::uint32_t {
	run = 1,	///< one that follows; all stand before the first snapshot
	snapshot = 2,
	end = 3,	///< of a run that ended by itself
};

/** In words that follow the name of the file. */
struct damaged_frame : std::runtime_error {
	using std::runtime_error::runtime_error;
};

struct frame {
	frame_type type;	///< or a number that is none of these
	std::string content;	///< CBOR
	std::uint64_t at = 0;	///< where it begins in the file
	std::size_t stored = content.size();	///< bytes of it in the file, which may be compressed
};

/** Does the stream begin as a recording does, and no text? Leaves it where it stands. */
inline bool begins_recording(std::istream &stream)
{
	return stream.peek() == static_cast<unsigned char>(recording_magic[0]);
}

/** Magic and version. */
std::string file_header();

/**
 * Read them.
 * @throw std::runtime_error if this is no recording, or is of a newer major version.
 */
void read_file_header(std::istream &stream);

/** A frame around these bytes, whatever they are. */
std::string sealed(std::uint32_t type, std::string_view payload);

/** @throw std::exception if a reader would refuse it: there is too much of it. */
std::string encoded(frame_type type, const nlohmann::json &content);

/**
 * The next frame, of which only the content is not yet known to make sense.
 * Allocates no more than the file really holds, or most_payload.
 * @param at where @p stream stands; moved behind the frame.
 * @return nothing if the file ends here, as it may.
 * @throw damaged_frame
 */
std::optional<frame> read_frame(std::istream &stream, std::uint64_t &at);

/**
 * Its content.
 * @throw std::exception if that is nothing which encoded() makes.
 */
nlohmann::json decoded(const frame &frame);

} // namespace vmalock
