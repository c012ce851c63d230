// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the user asked for.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/snapshot.hh"

namespace vmalock {

/** What `vmalock decode` was given. */
struct decode_options {
	std::uint32_t refcnt = 0;
	std::optional<std::uint32_t> vm_lock_seq, mm_lock_seq;	///< both or none
	/** What a decimal word for refcnt would be as a hexadecimal one. */
	std::optional<std::uint32_t> if_hexadecimal;
};

struct options {
	std::vector<std::uint32_t> pids, tids;
	std::string cgroup;		///< its folder, empty: any
	bool all = false;		///< count every process while the command runs
	std::string name;		///< empty, or of the processes to show
	bool readers = false;
	double interval_seconds = 0;	///< zero: only the total
	double duration_seconds = 0;	///< zero: until something else ends the run
	vmalock_by by = VMALOCK_BY_PROCESS;
	bool exact = false;
	bool json = false;
	bool writers = false;		///< stat --writers
	bool times = false;		///< stat --times
	std::string output_file;	///< empty: standard output
	std::string capture_file;	///< empty: no capture
	std::vector<std::string> command;
	std::optional<decode_options> decode;	///< decode, do not trace
	bool doctor = false;			///< look at the machine, do not trace
};

/** What to do in place of a run: print @p text, exit with @p status. */
struct instead {
	int status;
	std::string text;		///< help or version if status is 0
};

/**
 * Read the command line into @p options.
 * @return nothing if there is a run to be done.
 */
std::optional<instead> parse(int argc, char **argv, options &options);

} // namespace vmalock
