// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What happened between two snapshots, in the terms in which it is shown.
 * Pure: no clock, no file, no kernel.
 */
#pragma once

#include "model/snapshot.hh"

namespace vmalock {

/** Unknown if either is. */
constexpr std::optional<std::uint64_t> sum_if_known(std::optional<std::uint64_t> a,
						    std::optional<std::uint64_t> b)
{
	return a && b ? std::optional(*a + *b) : std::nullopt;
}

/** One group in a report: a process, thread, mapping, name, cgroup, CPU, or the machine. */
struct group_row {
	group_id id;
	/** Of the process, empty if it was never learnt; that of --by comm; the cgroup in words. */
	std::string name;
	std::string thread_name;
	std::uint64_t start = 0, end = 0;	///< of the mapping when last seen
	std::string file;			///< of the mapping
	std::string path;			///< of the cgroup, empty if it was never learnt
	std::uint64_t success = 0;	///< as vmstat: access errors included
	std::uint64_t success_access = 0;
	std::uint64_t retry = 0;
	std::uint64_t abort = 0;	///< as vmstat: from any caller
	/** From page faults alone; empty if the caller of some has no name. */
	std::optional<std::uint64_t> fault_abort = 0;
	std::uint64_t bypass = 0;	///< faults that never tried a VMA lock
	std::uint64_t miss = 0;		///< as vmstat: from any caller, if the report sees any

	/** All that is counted of it. */
	std::uint64_t events() const { return success + retry + abort + bypass + miss; }

	/** Faults that tried the VMA lock; empty if that cannot be told. */
	std::optional<std::uint64_t> tried() const
	{
		if (!fault_abort)
			return std::nullopt;
		return success + retry + *fault_abort;
	}
};

/** Aborts of all groups together, of one kind of caller for one reason. */
struct abort_row {
	std::string caller;
	vmalock_abort_reason reason;
	std::uint64_t count = 0;
};

/** Faults of all processes together that made a fallback for one cause. */
struct fallback_row {
	vmalock_fallback cause;
	std::uint64_t count = 0;
};

struct report {
	double seconds = 0;
	std::string kernel;
	vmalock_by by = VMALOCK_BY_PROCESS;
	std::vector<attach_point> attached;
	std::vector<group_row> rows;			///< most faults first, CPUs in order
	std::vector<abort_row> aborts;		///< most frequent first
	std::uint64_t abort_total = 0;
	std::vector<fallback_row> retries;	///< most frequent first
	std::vector<fallback_row> bypasses;	///< the same
	std::optional<std::uint64_t> miss_total;	///< empty: not to be seen here
	loss_counts losses;
	std::optional<vmstat_counts> vmstat;
	bool vmstat_moved = false;	///< so that it may differ from our counts
	std::optional<helper_stats> helper;
	std::optional<writers_report> writers;	///< empty: not asked for
	std::optional<writer_waits> waits;
	std::optional<process_times> fault_times;	///< by the path of the fault
	std::optional<stall_report> standing;	///< by the latest look; empty: there was none
	std::vector<std::string> not_visible;

	/** Were the hooks those of --exact? */
	bool exact() const;
};

/**
 * Compare two snapshots of one run. Counters only grow, and an entry that is
 * missing in @p before began at zero. One that is missing in @p after is of a process
 * that has exited, and is in a sum there, see exited_sums.
 *
 * The helper's counters start again when the module is reloaded; a counter
 * that went back is taken to have started at zero.
 */
report compare(const snapshot &before, const snapshot &after);

/**
 * The rows that needed mmap_lock most often, by ABORT and RETRY, and of equals those
 * with most faults; but CPUs in order.
 * @param most how many; zero: all
 */
std::vector<const group_row *> worst_rows(const report &report, std::size_t most);

/** What was lost between. */
loss_counts grown(const loss_counts &before, const loss_counts &after);

/** True if a program was skipped because it was busy. */
bool any_skipped(const loss_counts &losses);

/** True if anything that happened is missing from the report's counts. */
bool any_loss(const loss_counts &losses);

} // namespace vmalock
