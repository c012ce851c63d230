// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Waits for what can happen in a run: signals, the end of an interval, the end of processes.
 */
#pragma once

#include <cstdint>
#include <vector>

namespace vmalock {

enum class event { interval, chores, child, processes, records, request, stop, elapsed };

class run_loop {
public:
	/**
	 * Signals are blocked and waited for from now on. Construct it before a child is
	 * forked, or the end of the child could be missed.
	 */
	run_loop();

	/**
	 * Report event::processes too, once, when all of these have ended.
	 * @param threads needs Linux 6.9
	 * @throw std::runtime_error if one cannot be watched
	 */
	run_loop(const std::vector<std::uint32_t> &processes, const std::vector<std::uint32_t> &threads);

	~run_loop();

	/** Report event::records when this file is readable; none if it is -1. */
	void watch_records(int file) { records = file; }

	/** Report event::request when this file is readable; none if it is -1. */
	void watch_requests(int file) { requests = file; }

	/** Begin the first interval now; none ever ends if @p seconds is zero. */
	void start_intervals(double seconds);

	/** Report event::elapsed once, after @p seconds; never if they are zero. */
	void start_duration(double seconds);

	/** Report event::chores every second from now on. */
	void start_chores();

	/** Wait for the next event. */
	event next();

	/** Report event::stop next. This and start_intervals() may be called by another thread. */
	void stop();

	/**
	 * The signal of the last stop event, if it was sent to this process
	 * alone; zero if a terminal sent it to the whole foreground.
	 */
	int to_pass_on() const { return passed; }

private:
	void watch(const std::vector<std::uint32_t> &ids, bool threads);
	bool all_ended();

	std::vector<int> watched;	///< pidfds of those still running
	int signals = -1;	///< signalfd
	int timer = -1;		///< timerfd, of the intervals
	int end = -1;		///< timerfd, of the run
	int chores = -1;	///< timerfd
	int stopped = -1;	///< eventfd
	int records = -1, requests = -1;	///< not ours
	int passed = 0;
};

} // namespace vmalock
