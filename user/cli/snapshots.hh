// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A run that is shown while it lasts: one under way, or one recorded.
 */
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/run_options.hh"
#include "model/snapshot.hh"

namespace vmalock {

class snapshots {
public:
	virtual ~snapshots() = default;

	/**
	 * Give the first snapshot at once and the next at the end of each
	 * interval, until the run is over, stop() or a signal that ends it.
	 */
	virtual void each(const std::function<void(snapshot)> &take) = 0;

	/** @name For any thread */
	///@{
	virtual void stop() = 0;
	virtual void set_interval(double seconds) = 0;
	///@}
};

/**
 * Trace. Counting has begun on return. No COMMAND; @p options must outlive it.
 * @throw std::runtime_error as traced_run does
 */
std::unique_ptr<snapshots> trace_snapshots(const run_options &options);

/**
 * Read a recorded run of processes.
 * @param waits whether each interval lasts @p interval_seconds, and the last one until
 *	  stop(); otherwise all snapshots come at once
 * @throw std::runtime_error as read_input() does, or if they were not counted apart
 */
std::unique_ptr<snapshots> recorded_snapshots(const std::string &path, double interval_seconds,
					      bool waits);

} // namespace vmalock
