// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What a run traces, and how.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/event.hh"
#include "uapi/groups.h"

namespace vmalock {

/** Whose events to count. */
struct trace_target {
	std::vector<std::uint32_t> ids;		///< of processes, as they are known here; empty: every one
	bool ids_are_threads = false;
	std::string cgroup;			///< its folder; empty: any
	bool follow_children = false;
	bool writers = false;			///< who is in the way, too
	bool readers = false;			///< record what writers wait for too
	bool fault_times = false;		///< how long faults take
	bool symbols = false;			///< name the functions of user stacks
	bool forget_exited = false;		///< once they were in a snapshot, for who keeps no total
	std::optional<sent_events> events;	///< empty: none are sent
};

/** How to count them. */
struct counting {
	vmalock_by by = VMALOCK_BY_PROCESS;
	bool exact = false;		///< by hooks that lose nothing
};

} // namespace vmalock
