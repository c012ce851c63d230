// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the user asked of a run: which processes to trace, how, and for how long. The
 * same options in every subcommand that traces.
 */
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/event.hh"
#include "model/snapshot.hh"

namespace vmalock {

struct run_options {
	std::vector<std::uint32_t> pids, tids;
	std::string cgroup;		///< its folder, empty: any
	bool all = false;		///< count every process while the command runs
	std::string name;		///< empty, or of the processes to show
	std::optional<std::size_t> rows;	///< of each table for people; zero: all
	double interval_seconds = 0;	///< zero: none
	double duration_seconds = 0;	///< zero: until something else ends the run
	std::vector<std::string> command;

	vmalock_by by = VMALOCK_BY_PROCESS;
	bool exact = false;
	bool writers = false, readers = false, times = false;
	bool symbols = false;		///< of the user stacks of writers and readers
	std::optional<sent_events> events;	///< one by one; empty: only counted
	bool forget_exited = false;		///< processes that are gone make room
};

/** -p, -t and --cgroup. */
void add_processes(CLI::App &app, run_options &options);

/** The same, -a, -d and COMMAND: which tasks to count. */
void add_whom(CLI::App &app, run_options &options);

/** -c: which of the counted tasks to show. */
void add_name(CLI::App &app, run_options &options);

/** -n: how many rows of each table to show. @param names without -n where that is taken */
void add_rows(CLI::App &app, run_options &options, const std::string &names = "-n,--top",
	      const std::string &what = "Show the N worst rows of each table (20); 0: all");

/** -p to COMMAND and -c, for subcommands that count and show. */
void add_targets(CLI::App &app, run_options &options);

/** -i. @param what its help: what happens at the end of an interval */
void add_interval(CLI::App &app, run_options &options, const std::string &what);

/** --by and --exact. @param by the help of --by, which names the default */
void add_counting(CLI::App &app, run_options &options,
		  const std::string &by = "Count separately by process (the default), thread or\n"
					  "mapping; all processes of one name (comm) or cgroup\n"
					  "together; by cpu; or the whole machine as one, which\n"
					  "costs least");

/** --writers, --readers and --times. */
void add_depth(CLI::App &app, run_options &options);

/** --symbols, for subcommands that show stacks or keep them. */
void add_symbols(CLI::App &app, run_options &options);

/** Why the options do not fit each other, in a sentence; empty if they do. */
std::optional<std::string> conflict_in(const run_options &options);

} // namespace vmalock
