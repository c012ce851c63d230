// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Who stalls whom: a table of writers that refuse VMA locks, and two of the same form for
 * readers that keep writers waiting, and for who had mmap_lock while others were blocked
 * on it. Pure.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/report.hh"
#include "model/wait_chains.hh"

namespace vmalock {

/** Whom a culprit was in the way of. */
struct stalled {
	std::uint32_t pid = 0;
	std::string name;
	std::string doing;		///< caller of the VMA lock; the writer's system call; how it was blocked
	std::uint64_t count = 0;
	std::uint64_t ns = 0;		///< that a writer waited; zero for a refusal
};

/** One thread in one system call, or that did one thing with a mapping. */
struct culprit {
	std::uint32_t pid = 0, tid = 0;
	std::string name;		///< of the thread
	std::string doing;		///< writer: system call, empty for none; reader: in words
	std::string function;		///< of the kernel's, as place_in(); empty if unknown
	std::uint64_t count = 0, ns = 0;
	std::vector<stalled> victims;	///< most often stalled first
	bool holding = false;		///< a writer that has not let go; ns is so far
	bool reads = false;		///< had the lock to read
	vmalock::grade grade = grade::certain;	///< the worst of what is counted
	followed_holds followed{};	///< of mmap_lock: how the time of its holds passed
};

/** A culprit at one place. */
struct culprit_stack {
	std::uint32_t pid = 0, tid = 0;
	std::string name, doing;
	std::vector<std::string> kernel;	///< innermost first, as user
	std::vector<std::uint64_t> user;
	vmalock::user_frames user_frames;	///< empty: not named
	std::uint64_t count = 0, ns = 0;
	bool holding = false;		///< as it stands, not as it let go
	vmalock::grade grade = grade::certain;
};

struct stalls {
	std::uint64_t count = 0;	///< all, those of unknown culprits too
	std::uint64_t unknown = 0;	///< of these
	std::uint64_t ns = 0;
	std::vector<culprit> culprits;		///< the worst first
	std::vector<culprit_stack> stacks;	///< the same
	bool lost_begins = false;	///< of mmap_lock, so nobody is certain: see may_have_lost_begins()
};

struct blame_report {
	double seconds = 0;
	std::string kernel;
	/**
	 * Counted are aborts; ns is for how long a writer held mmap_lock when it had
	 * victims. Sorted by aborts. Empty: not traced.
	 */
	std::optional<stalls> writers;
	/**
	 * Counted are readers that a writer waited for, ns is for how long it did; all
	 * of it is less than the sum over readers that were in the way at once. Sorted
	 * by ns. Empty: not traced.
	 */
	std::optional<stalls> readers;
	loss_counts losses;
	std::vector<std::string> not_visible;
	/**
	 * Counted are holds of mmap_lock, for each wait that they were in the way of, ns is
	 * for how long; all of it has the time in which nobody is known to have had the
	 * lock too. Sorted by ns. Empty: not traced.
	 */
	std::optional<stalls> mmap_lock = {};
	/** What stood still as tracing began. Empty: nobody looked, or could. */
	std::optional<stall_report> standing = {};
};

blame_report blame_of(const report &report);

} // namespace vmalock
