// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Who waits for whom at this moment. Pure: one look at all tasks goes in, and for each
 * address space that stands still comes out who has its locks, why they do not let go,
 * and who waits behind them.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/blocked.hh"
#include "model/grade.hh"

namespace vmalock {

/** A task that has a lock that others wait for. */
struct lock_keeper {
	std::uint32_t pid = 0, tid = 0;
	std::string name;
	std::string doing;		///< system call, "page fault", or what it does as a reader
	vmalock::grade grade = grade::likely;	///< that it has the lock
	vmalock_run_state state = VMALOCK_RUNNING;
	vmalock_waits_for waits_for = VMALOCK_WAITS_FOR_NOTHING;
	std::uint64_t off_cpu_ns = 0;	///< at least so long
	std::string why;		///< it does not let go, in words; empty if it is not known
	std::string what_to_do;		///< a sentence, or empty
	stack_names stack;
};

/** Of a lock of the address space. */
struct lock_holder : lock_keeper {
	/** Of another lock that it sleeps on, then of the one that this owner sleeps on, and so on. */
	std::vector<lock_keeper> lock_owners;
};

/** Threads of a process that wait for the same in the same system call. */
struct waiting_threads {
	std::uint32_t pid = 0;
	std::string name;
	std::string doing;
	vmalock_waits_for waits_for = VMALOCK_WAITS_TO_READ;
	bool of_another = false;	///< it waits for the address space of another process
	std::vector<std::uint32_t> tids;
	std::uint64_t ns = 0;		///< the longest wait, at least so long
	stack_names stack;		///< of the one that waits longest
};

/** An address space with locks that somebody waits for. */
struct address_space_stall {
	std::uint32_t pid = 0;		///< of a process that has it
	std::string name;
	std::optional<lock_holder> writer;	///< has mmap_lock to write
	bool unseen_writer = false;	///< somebody has it to write and was not met, or has let go
	std::optional<awaited_vma> vma;		///< the writer waits for its readers
	/** Of that VMA, or of mmap_lock if there is no writer. */
	std::vector<lock_holder> readers;
	std::uint64_t readers_counted = 0;
	std::uint64_t readers_unknown = 0;	///< of these, who were not found
	std::uint64_t suspects = 0;		///< more than are counted are where readers sleep: none is named
	bool leaked = false;			///< a reader is counted and no task has it
	std::vector<waiting_threads> behind;	///< the longest wait first
	bool more_behind = false;		///< than a look takes in
	std::uint64_t threads = 0;		///< that wait, the writer of a VMA among them
	std::uint64_t ns = 0;			///< the longest wait, at least so long
	/** Processes from this one around to itself, if it waits for itself; empty: no cycle. */
	std::vector<std::string> cycle;
};

struct stall_report {
	std::string kernel;
	double seconds = 0;
	std::vector<address_space_stall> stalls;	///< cycles first, then the most threads
	std::uint64_t left_out = 0;			///< by the filter
	std::vector<std::string> not_visible;
};

/** A stall of at least that length is told of where nobody says how long: others come and go. */
constexpr std::uint64_t stands_ns = 100'000'000;

struct stall_filter {
	std::uint64_t over_ns = 0;		///< stalls that last at least so long
	std::vector<std::uint32_t> pids;	///< that have a part in it, by their own ids; empty: any
};

stall_report stalls_in(const blocked_look &look, const stall_filter &filter);

} // namespace vmalock
