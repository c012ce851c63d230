// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Writers that caused aborts, their victims, and the times of mmap_lock: as the
 * collector fills it, and as it is shown. Pure.
 */
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "model/grade.hh"
#include "model/hold_course.hh"
#include "model/lock_holders.hh"
#include "model/process_times.hh"
#include "model/user_frame.hh"
#include "uapi/aborts.h"
#include "uapi/stacks.h"
#include "uapi/writers.h"

namespace vmalock {

/**
 * @name As counted since tracing began.
 * All but what is HOLDING only grows. That is as it was at the moment of the
 * snapshot: a later one has it again, or with another state when it has ended.
 */
///@{

/**
 * A place from which a thread takes mmap_lock for write, or where it stands with
 * the lock if HOLDING; all zero but the state if GONE.
 */
struct writer_key {
	process_id process;
	std::uint32_t tid = 0;
	std::uint32_t syscall = VMALOCK_SYSCALL_NONE;
	std::uint32_t kernel_stack = VMALOCK_STACK_NONE;	///< id of a stack of the snapshot
	std::uint32_t user_stack = VMALOCK_STACK_NONE;
	vmalock_writer_state state = VMALOCK_WRITER_GONE;

	auto operator<=>(const writer_key &) const = default;
};

struct victim_key {
	process_id process;
	std::uint64_t vm_start = 0, vm_end = 0;	///< zero if no VMA could be read
	std::string caller;			///< kernel function, empty if unknown
	std::string caller_module;
	vmalock_abort_reason reason = VMALOCK_ABORT_UNREADABLE;

	auto operator<=>(const victim_key &) const = default;
};

struct writer_holds {
	writer_key writer;
	std::string comm;		///< of the thread
	std::string syscall;		///< its name, empty if it has none
	times held;			///< by holds that had victims; if HOLDING so far
};

/** Holds to write, or to read, from one place, that had victims or were waited for. */
struct place_followed {
	writer_key holder;
	bool reads = false;
	hold_course spent;
	followed_hold longest;		///< of these
};

struct blame {
	writer_key writer;
	victim_key victim;
	std::uint64_t aborts = 0;
};

/** Somebody was blocked on mmap_lock while the holder had it. */
struct lock_wait {
	writer_key holder;		///< GONE: nobody is known to have had it
	bool holder_reads = false;	///< had it to read
	process_id waiter;
	vmalock_time what = VMALOCK_MMAP_READ_OTHER;
	std::uint32_t memory_of = 0;	///< the process whose lock it is; zero: the waiter's own
	std::uint64_t count = 0;	///< holds, for each wait that they were in the way of
	std::uint64_t ns = 0;
	std::uint64_t longest_ns = 0;	///< of one wait behind one hold,
	std::uint64_t longest_ended_ns = 0;	///< which ended then, since 1970; zero: not known
};

/** Innermost first. */
struct kernel_stack {
	std::uint32_t id = 0;
	std::vector<std::string> functions;
};

struct user_stack {
	std::uint32_t id = 0;
	std::vector<std::uint64_t> addresses;
};

/** The same addresses can be other functions in another process. */
struct named_stack {
	process_id process;
	std::uint32_t user_stack = VMALOCK_STACK_NONE;
	user_frames frames;
};

struct writer_counts {
	std::vector<writer_holds> writers;
	std::vector<blame> blames;
	std::vector<kernel_stack> kernel_stacks;
	std::vector<user_stack> user_stacks;
	std::vector<named_stack> named_stacks;	///< as far as names were asked for, and came in time
	std::vector<process_time> mmap_times;
	std::vector<lock_wait> lock_waits;
	std::vector<place_followed> followed;
};
///@}

/** @name As shown. */
///@{

/** Whom a writer hit. */
struct victim_row {
	process_id id;
	std::string name;
	std::uint64_t vm_start = 0, vm_end = 0;	///< zero if unknown
	std::string caller;			///< kind, as in caller_kind()
	vmalock_abort_reason reason;
	std::uint64_t aborts = 0;
};

/** One way to the write lock within a writer's system call. */
struct writer_site {
	vmalock_writer_state state;
	vmalock::grade grade = grade::certain;	///< of its victims' worst
	std::vector<std::string> kernel_stack;	///< from who unlocked, or where it stands, outwards
	std::vector<std::uint64_t> user_stack;
	vmalock::user_frames user_frames;	///< empty: not named
	std::uint64_t aborts = 0;
	times held;
	std::vector<victim_row> victims;	///< most hit first
	followed_holds followed{};	///< of those that had victims or were waited for
};

/** One thread in one system call. */
struct writer_row {
	vmalock::grade grade = grade::certain;	///< of its sites' worst
	process_id id;
	std::string name;			///< of the process
	std::uint32_t tid = 0;
	std::string comm;			///< of the thread
	std::uint32_t syscall_number = VMALOCK_SYSCALL_NONE;
	std::string syscall;
	std::uint64_t aborts = 0;
	times held;				///< by holds that had victims
	std::vector<writer_site> sites;		///< most blamed first
};

struct writers_report {
	std::vector<writer_row> writers;	///< most blamed first
	std::vector<victim_row> gone;		///< whose writer could not be known
	/** Aborts by how much is known of the writer; the last is what a newer vmalock wrote. */
	std::array<std::uint64_t, VMALOCK_WRITER_STATE_NR + 1> aborts{};
	process_times mmap_lock;
	vmalock::lock_holders lock_holders;
};
///@}

/**
 * What happened between two snapshots of one run, and who was HOLDING at its end. An
 * entry missing in @p before was zero.
 * @param lost_begins the tracer may_have_lost_begins() by the time of @p after
 */
writers_report compare(const writer_counts &before, const writer_counts &after,
		       const process_names &names, bool lost_begins = false);

} // namespace vmalock
