// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How long processes spent with what is timed: as the collector fills it, and
 * as it is shown. Pure.
 */
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/process_id.hh"
#include "model/times.hh"
#include "uapi/times.h"

namespace vmalock {

/** What one process spent with one thing since tracing began. */
struct process_time {
	process_id process;
	vmalock_time what = VMALOCK_MMAP_WRITE_HELD;
	times spent;
};

/** What was not spent at all is missing. */
using times_by_what = std::map<vmalock_time, times>;

struct process_times_row {
	process_id id;
	std::string name;
	times_by_what spent;
};

struct process_times {
	std::vector<process_times_row> processes;	///< most time first
	times_by_what all;				///< of all these processes
};

/** What was spent between two snapshots. An entry missing in @p before was zero. */
process_times compare(const std::vector<process_time> &before,
		      const std::vector<process_time> &after, const process_names &names);

} // namespace vmalock
