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
#include "model/writers.hh"
#include "model/readers.hh"
#include "uapi/vmalock_abi.h"

namespace vmalock {

/** Faults of one process since tracing began, named as in vmstat. */
struct process_faults {
	process_id id;
	std::uint64_t success = 0;		///< access errors not included
	std::uint64_t success_access = 0;	///< access errors under the VMA lock
	std::uint64_t retry = 0;
};

/** Aborts of one process from one caller for one reason. */
struct process_aborts {
	process_id id;
	std::string caller;		///< kernel function, empty if unknown
	std::string caller_module;	///< its module, empty for the kernel's own
	vmalock_abort_reason reason = VMALOCK_ABORT_UNREADABLE;
	std::uint64_t count = 0;
};

/** Faults of one process that made a detour for one cause. */
struct process_detours {
	process_id id;
	vmalock_detour cause = VMALOCK_RETRY_OTHER;
	std::uint64_t count = 0;
};

struct process_name {
	process_id id;
	std::string name;
};

/** Events that happened and were not counted, by cause. */
struct loss_counts {
	std::array<std::uint64_t, VMALOCK_LOSS_NR> maps{};
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

struct snapshot {
	double seconds = 0;		///< since tracing began
	std::string kernel;		///< uname -r
	std::vector<process_faults> faults;
	std::vector<process_aborts> aborts;
	std::vector<process_detours> detours;
	std::vector<process_name> names;
	loss_counts losses;
	std::optional<helper_stats> helper;	///< empty: module not loaded
	std::optional<writer_counts> writers;	///< empty: not asked for
	std::optional<writer_waits> waits;	///< empty: not asked for
	/** Events that this kernel cannot show. */
	std::vector<std::string> not_visible;
};

} // namespace vmalock
