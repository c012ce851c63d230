// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What a run waits for: signals, and the end of an interval.
 */
#pragma once

namespace vmalock {

enum class event { interval, child, stop };

class events {
public:
	/**
	 * Signals are held back and waited for from now on. To be made before a
	 * child is forked, or its end could be missed.
	 */
	events();
	~events();

	/** Begin the first interval now; none ever ends if @p seconds is zero. */
	void start_intervals(double seconds);

	/** Wait for the next event. */
	event next();

	/**
	 * The signal of the last stop event, if it was sent to this process
	 * alone; zero if a terminal sent it to the whole foreground.
	 */
	int to_pass_on() const { return passed; }

private:
	int signals = -1;	///< signalfd
	int timer = -1;		///< timerfd
	int passed = 0;
};

} // namespace vmalock
