// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Names from outside as values of a label: a fixed number at most, since each is
 * a time series that a Prometheus keeps. Pure.
 */
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace vmalock {

class label_places {
public:
	/**
	 * @param most so many names get a place
	 * @param enough each once it had so many events, first come, first served
	 */
	label_places(std::size_t most, std::uint64_t enough) : most(most), enough(enough) {}

	/**
	 * Under which value to count @p events more of @p name: its own, as valid UTF-8,
	 * or #rest. A place is kept for good, and what was counted under #rest stays
	 * there, so that sums by value only grow.
	 */
	std::string value_for(const std::string &name, std::uint64_t events);

	/** Of all that have no place. A process of this name is one of them. */
	static constexpr const char *rest = "other";

private:
	std::size_t most;
	std::uint64_t enough;
	std::set<std::string> taken;
	std::map<std::string, std::uint64_t> waiting;	///< events so far
};

} // namespace vmalock
