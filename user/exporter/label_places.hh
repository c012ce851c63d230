// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Names from outside as values of a label: a fixed number at most, since each is
 * a time series that a Prometheus keeps. Pure.
 */
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace vmalock {

class label_places {
public:
	/** How long a place is kept that nobody asks for. */
	static constexpr double for_good = std::numeric_limits<double>::infinity();

	/**
	 * @param most so many names get a place
	 * @param enough each once it had so many events, first come, first served
	 * @param idle_seconds after so many without an event another name may have the place
	 */
	label_places(std::size_t most, std::uint64_t enough, double idle_seconds = for_good)
		: most(most), enough(enough), idle_seconds(idle_seconds)
	{
	}

	/** So much time has gone by. */
	void pass(double seconds) { now += seconds; }

	/** Something happens to @p name: if it has a place, it keeps that. */
	void keep(const std::string &name);

	/**
	 * Under which value to count @p events more of @p name: its own, as valid UTF-8,
	 * or #rest. What was counted under #rest stays there.
	 */
	std::string value_for(const std::string &name, std::uint64_t events);

	/** The values that have lost their places since the last call. */
	std::vector<std::string> take_lost();

	/** Of all that have no place. A process of this name is one of them. */
	static constexpr const char *rest = "other";

private:
	bool has_room();

	std::size_t most;
	std::uint64_t enough;
	double idle_seconds, now = 0;
	std::map<std::string, double> taken;		///< when each had its last event
	std::map<std::string, std::uint64_t> waiting;	///< events so far
	std::vector<std::string> lost;
};

} // namespace vmalock
