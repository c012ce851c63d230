// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the tracer has counted up to one moment. The collector fills it, the
 * model compares two of them; plain data, so that a recording of a real run
 * serves as well.
 */
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/process_id.hh"
#include "model/process_times.hh"
#include "model/readers.hh"
#include "model/wait_chains.hh"
#include "model/writers.hh"
#include "uapi/aborts.h"
#include "uapi/durations.h"
#include "uapi/fallbacks.h"
#include "uapi/groups.h"
#include "uapi/helper.h"
#include "uapi/losses.h"

namespace vmalock {

/** What is counted so cannot be told apart by process. */
constexpr bool counts_whole_machine(vmalock_by by)
{
	return by == VMALOCK_BY_CPU || by == VMALOCK_BY_MACHINE;
}

/** Each group is a process or a part of one. */
constexpr bool counts_processes(vmalock_by by)
{
	return by == VMALOCK_BY_PROCESS || by == VMALOCK_BY_THREAD || by == VMALOCK_BY_MAPPING;
}

/** One mapping of a process. */
struct mapping_id {
	std::uint64_t anchor = 0;	///< where it begins; where heap or stack began
	std::uint64_t inode = 0;	///< of the file it maps, else 0
	std::uint32_t device = 0;	///< major << 20 | minor
	vmalock_mapping_kind kind = VMALOCK_MAPPING_NONE;

	auto operator<=>(const mapping_id &) const = default;
};

/** What has counts of its own; what is not counted apart is zero. */
struct group_id {
	process_id process{};
	process_id thread{};		///< its own id and start
	mapping_id mapping{};
	std::uint32_t cpu = 0;
	comm_name comm{};
	std::uint64_t cgroup = 0;	///< its id in the default hierarchy

	auto operator<=>(const group_id &) const = default;
};

/** All removed cgroups of one path that have been added up, see exited_sums; no cgroup has such an id. */
constexpr bool is_sum_of_cgroups(std::uint64_t id)
{
	return id >> 63;
}

/** The process, name or cgroup that the group is all or a part of. */
constexpr group_id whole_of(group_id id)
{
	id.thread = {};
	id.mapping = {};
	return id;
}

/** Faults of one group since tracing began, named as in vmstat. */
struct group_faults {
	group_id id{};
	std::uint64_t success = 0;		///< access errors not included
	std::uint64_t success_access = 0;	///< access errors under the VMA lock
	std::uint64_t retry = 0;
};

/** Aborts of one group from one caller for one reason. */
struct group_aborts {
	group_id id;
	std::string caller;		///< kernel function, empty if unknown
	std::string caller_module;	///< its module, empty for the kernel's own
	vmalock_abort_reason reason = VMALOCK_ABORT_UNREADABLE;
	std::uint64_t count = 0;
};

/** Faults of one group that made a fallback for one cause. */
struct group_fallbacks {
	group_id id{};
	vmalock_fallback cause = VMALOCK_RETRY_OTHER;
	std::uint64_t count = 0;
};

/** VMAs that one group found detached, and looked up again. */
struct group_misses {
	group_id id{};
	std::uint64_t count = 0;
};

/** What is known of a group that is a mapping. */
struct mapping {
	group_id id;
	std::uint64_t start = 0, end = 0;	///< when last seen
	std::string file;			///< name without folders, may be cut
};

/** A cgroup that had events, or one above it. */
struct cgroup_path {
	std::uint64_t id = 0;
	std::string path;		///< below the root of all, which is "/"
};

/** A process or thread. */
struct process_name {
	process_id id;
	std::string name;
};

/** Events that happened and were not counted, by cause. */
struct loss_counts {
	std::array<std::uint64_t, VMALOCK_LOSS_NR> maps{};
	std::uint64_t unknown = 0;	///< of causes that a newer vmalock counted
	/** Program name and how often the kernel skipped it. */
	std::vector<std::pair<std::string, std::uint64_t>> skipped;
};

/** How calls of the module's helper ended. */
using helper_counts = std::array<std::uint64_t, VMALOCK_OUTCOME_NR>;

/** The calls that one module made. */
struct helper_caller {
	std::string name;
	helper_counts calls{};
	std::int64_t held = 0;		///< locks it holds, not a counter
	/** Calls that waited, by log2 of their wait in ns. */
	std::array<std::uint64_t, VMALOCK_WAIT_BUCKETS> waits{};

	bool operator==(const helper_caller &) const = default;
};

/** All calls of the module's helper, machine-wide, since it was loaded. */
struct helper_stats {
	helper_counts calls{};
	std::vector<helper_caller> callers;

	bool operator==(const helper_stats &) const = default;
};

/** The kernel's own counters, machine-wide, since it was booted. */
struct vmstat_counts {
	std::uint64_t success = 0, abort = 0, retry = 0, miss = 0;

	bool operator==(const vmstat_counts &) const = default;
};

/** Where events of one function are seen. */
struct attach_point {
	std::string function;
	std::string how;		///< the program's type
};

struct snapshot {
	double seconds = 0;		///< since tracing began
	std::string kernel;		///< uname -r
	vmalock_by by = VMALOCK_BY_PROCESS;
	std::vector<attach_point> attached;
	std::vector<group_faults> faults;
	std::vector<mapping> mappings;
	std::vector<group_aborts> aborts;
	std::vector<group_fallbacks> fallbacks;
	std::optional<std::vector<group_misses>> misses;	///< empty: not to be seen here
	std::vector<process_name> names;
	std::vector<cgroup_path> cgroups;
	loss_counts losses;
	std::optional<vmstat_counts> vmstat;	///< empty: the kernel has none
	bool vmstat_moved = false;		///< while the other counts were read
	std::optional<helper_stats> helper;	///< empty: module not loaded
	std::optional<writer_counts> writers;	///< empty: not asked for
	std::optional<writer_waits> waits;	///< empty: not asked for
	std::optional<std::vector<process_time>> fault_times;	///< empty: not asked for
	std::optional<stall_report> standing;	///< what stood still then; empty: nobody looked, or could
	/** Events that this kernel cannot show. */
	std::vector<std::string> not_visible;
	/** Read from a file: what has no name here, as "abort reason burnt". */
	std::vector<std::string> unknown;
};

} // namespace vmalock
