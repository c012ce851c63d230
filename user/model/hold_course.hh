// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How the time passed in which a task had mmap_lock: on a CPU, ready for one, asleep and
 * where, in reclaim. Pure.
 */
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace vmalock {

/** Slept at one place. */
struct hold_sleep {
	std::uint32_t stack = 0;	///< id of a kernel stack of the snapshot
	std::uint64_t count = 0;
	std::uint64_t ns = 0;

	bool operator==(const hold_sleep &) const = default;
};

/** Of one hold or many. The task ran for the rest of the time. */
struct held_time {
	std::uint64_t count = 0;	///< holds that were followed from begin to end
	std::uint64_t ns = 0;		///< that they lasted
	std::uint64_t runnable_ns = 0;	///< of it, ready and without a CPU
	std::uint64_t asleep_ns = 0;	///< of it
	std::uint64_t reclaim_ns = 0;	///< of it; the task ran, slept or was ready

	bool operator==(const held_time &) const = default;
	held_time &operator+=(const held_time &more);
};

/** As counted. */
struct hold_course : held_time {
	std::vector<hold_sleep> sleeps;	///< the first few places

	bool operator==(const hold_course &) const = default;
	hold_course &operator+=(const hold_course &more);
};

/** What came since @p before, of holds that are only ever added. */
hold_course operator-(hold_course after, const hold_course &before);

/** One of them, as counted. */
struct followed_hold {
	hold_course course;		///< its count is 1, or 0: there was none
	std::uint64_t ended_ns = 0;	///< when, since 1970

	bool operator==(const followed_hold &) const = default;
};

/** @name As shown. */
///@{
struct sleep_row {
	std::string why;		///< in words, empty if they are not known
	std::string place;		///< function of the kernel, as place_in()
	std::uint64_t count = 0;
	std::uint64_t ns = 0;
};

struct spent_holds : held_time {
	std::uint64_t running_ns = 0;
	std::vector<sleep_row> sleeps;	///< longest first; shorter in all than asleep_ns where places had no room

	/** Adds up; those that slept at the same place for the same reason are one row. */
	spent_holds &operator+=(const spent_holds &more);
};

/** Holds that were followed from begin to end. */
struct followed_holds {
	spent_holds all;
	spent_holds longest;		///< of these; its count is 1, or 0: there was none
	std::uint64_t longest_ended_ns = 0;	///< when, since 1970

	followed_holds &operator+=(const followed_holds &more);
};
///@}

/** The functions of a stack by its id, innermost first; empty if they are not known. */
using functions_of_stack = std::function<const std::vector<std::string> &(std::uint32_t id)>;

spent_holds spent_of(const hold_course &course, const functions_of_stack &functions);

} // namespace vmalock
