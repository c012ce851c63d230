// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A trace from its beginning to its end, for every subcommand that traces.
 */
#pragma once

#include <functional>
#include <optional>

#include "cli/child_process.hh"
#include "cli/run_loop.hh"
#include "cli/run_options.hh"
#include "collect/tracer.hh"
#include "model/report.hh"

namespace vmalock {

/** Is called with events as they come, some at a time and ordered by time. */
using events_taker = std::function<void(const std::vector<traced_event> &)>;

class traced_run {
public:
	/**
	 * Begin to trace; the COMMAND, if there is one, is held back. What the processes of
	 * -p and -t do meanwhile, their end too, is part of the run.
	 * @throw command_error if there is no such command
	 * @throw std::runtime_error if tracing does not work here, or a process of -p or -t is gone
	 */
	explicit traced_run(const run_options &options);

	/** What has been counted so far. */
	snapshot take() { return programs.take(); }
	/** As tracer::name_stacks(). */
	void name_stacks() { programs.name_stacks(); }

	/** What has been lost so far. */
	loss_counts losses() { return programs.losses(); }

	/** While waiting, call @p handle whenever @p file is readable. */
	void when_readable(int file, std::function<void()> handle);

	/**
	 * Let the COMMAND go, once. From now on nothing keeps the run from having results.
	 * @throw command_error if it cannot be executed
	 */
	void start();

	/**
	 * After start(), wait until the run is over: until the COMMAND or all
	 * processes of -p and -t have ended, the time of -d is over, or the user stops it.
	 * @param interval is called at the end of each
	 * @param happened is called with the events that the options ask for
	 * @return the COMMAND's exit status, or 0 without one
	 */
	int wait(const std::function<void()> &interval, const events_taker &happened = {});

	/** Stop tracing, and call @p happened with the events that are left. */
	void stop(const events_taker &happened);

	/** @name For another thread than the one in wait(). */
	///@{
	/** End the run. */
	void stop() { loop.stop(); }
	/** Begin an interval now, of another length. */
	void set_interval(double seconds) { loop.start_intervals(seconds); }
	///@}

private:
	run_loop loop;		///< first: signals are held back before a fork, and loading takes time
	std::optional<child_process> command;
	tracer programs;
	const run_options &options;
	std::function<void()> on_request;
};

/** The tasks and events that these options trace; @p command is the process of COMMAND, if any. */
trace_target target_of(const run_options &options, const std::optional<child_process> &command);

/** What happened between the snapshots, as far as -c selects it. */
report shown(const run_options &options, const snapshot &before, const snapshot &after);

} // namespace vmalock
