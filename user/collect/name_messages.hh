// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the tool and its namer say to each other, a struct a message. Files go along with
 * questions, from the tool alone.
 */
#pragma once

#include <cstddef>
#include <cstdint>

namespace vmalock {

/** What a file with names is. */
enum class names_format : std::uint32_t {
	elf,		///< a program or library
	perf_map,	///< of code that a process has made at run time
};

/** What lies at @p address, in a file that comes along or came before? */
struct name_question {
	std::uint64_t id;		///< of this question
	std::uint64_t file;		///< given once, to each file
	std::uint64_t address;		///< of an ELF file the offset in it
	names_format format;
};

enum answer_flag : std::uint32_t {
	answer_has_file = 1,		///< one of that format; all else is nothing if not
	answer_has_image_offset = 2,
	answer_is_last = 4,		///< another namer comes, which has no files
};

/** Longer names are cut. */
constexpr std::size_t longest_function = 4096, longest_build_id = 128;

struct name_answer {
	std::uint64_t id;		///< of its question
	std::uint64_t image_offset;	///< if there is one
	std::uint32_t flags;		///< of answer_flag
	std::uint16_t function_size;
	std::uint16_t build_id_size;
	char text[longest_function + longest_build_id];	///< function and build id; only so much is sent
};

/** Instead of an answer: a namer has died, and another one is there, which has no files. */
constexpr char namer_has_died = 'd';

} // namespace vmalock
