// SPDX-License-Identifier: GPL-2.0-only
/** @file What a recording holds: runs, and their snapshots. */
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/snapshot.hh"

namespace vmalock {

/** One run of `vmalock record` on one machine. */
struct recorded_run {
	std::string host;
	std::string boot_id;		///< /proc/sys/kernel/random/boot_id
	std::string kernel;		///< uname -r
	std::string tool;		///< version of vmalock
	std::uint64_t start_ns = 0;	///< of tracing, by CLOCK_REALTIME
	std::uint64_t start_boot_ns = 0;	///< the same by CLOCK_BOOTTIME
	std::vector<std::string> arguments;	///< the command line
	bool ended = false;		///< by itself: it has an end frame

	/** Wall-clock time, in seconds since 1970, of what happened so long after its start. */
	double time(double seconds) const { return static_cast<double>(start_ns) / 1e9 + seconds; }
};

struct recorded_snapshot {
	std::size_t run = 0;		///< which of the recording's
	vmalock::snapshot snapshot;
};

} // namespace vmalock
