// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Who had mmap_lock while others were blocked on it. Pure.
 */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/grade.hh"
#include "model/hold_course.hh"
#include "model/process_id.hh"
#include "model/user_frame.hh"
#include "uapi/times.h"

namespace vmalock {

struct loss_counts;
struct writer_counts;

/** Who was blocked, and how. */
struct lock_waiter {
	process_id id;
	std::string name;
	vmalock_time what = VMALOCK_MMAP_READ_OTHER;
	std::uint32_t memory_of = 0;	///< the process whose lock it is; zero: its own
	std::uint64_t count = 0;
	std::uint64_t ns = 0;
};

/** One thread at one place, that had the lock to read or to write. */
struct mmap_lock_holder {
	process_id id;
	std::string name;		///< of the process
	std::uint32_t tid = 0;
	std::string comm;		///< of the thread
	std::string syscall;		///< empty: none
	bool reads = false;
	vmalock::grade grade = grade::certain;
	std::vector<std::string> kernel_stack;	///< from who released it, outwards
	std::vector<std::uint64_t> user_stack;
	vmalock::user_frames user_frames;	///< empty: not named
	std::uint64_t count = 0;	///< holds, for each wait that they were in the way of
	std::uint64_t ns = 0;		///< of waits
	std::uint64_t longest_ns = 0;	///< of one wait behind one hold, at most
	std::uint64_t longest_ended_ns = 0;	///< when this wait ended, since 1970; zero: not known
	std::vector<lock_waiter> waiters;	///< longest blocked first
	followed_holds followed;	///< of those that were waited for or refused VMA locks
};

struct lock_holders {
	std::vector<mmap_lock_holder> holders;	///< in the way for longest first
	std::uint64_t ns = 0;		///< of all waits
	std::uint64_t unknown = 0;	///< waits for which nobody is known to have had the lock
	std::uint64_t unknown_ns = 0;	///< of these, and of others until they ran again
	bool lost_begins = false;	///< by the end of it, see may_have_lost_begins()
};

/**
 * What the waits between two snapshots passed behind.
 * @param lost_begins the tracer may_have_lost_begins() by the time of @p after
 */
lock_holders holders_between(const writer_counts &before, const writer_counts &after,
			     const process_names &names, bool lost_begins);

/**
 * Can a hold have begun while others waited, and the tracer knows nothing of its begin? Then
 * it is taken to begin where the last known hold ended, and hides who had the lock in between.
 * A hold can begin long before it is counted, so all that was @p lost since tracing began
 * matters. An end that was lost hides nobody: a hold that begins while others wait has a begin
 * of its own, and one that began before has been in the way all the time.
 */
bool may_have_lost_begins(const loss_counts &lost);

/**
 * That who released the lock from @p kernel_stack is who had it all the time. The BPF stack
 * map releases it from an interrupt, in whose course anybody may be.
 */
grade grade_of_holder(bool reads, const std::vector<std::string> &kernel_stack, bool lost_begins);

} // namespace vmalock
