// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Shows who stalls whom.
 */
#pragma once

#include <cstddef>
#include <string>

#include "model/blame.hh"
#include "output/folded.hh"
#include "output/folded.hh"
#include "output/table.hh"

namespace vmalock {

/** How many of a blame report people are shown; zero: all. */
struct blame_rows {
	std::size_t culprits = default_rows;
	std::size_t stacks = 5;		///< each of which is many lines
};

/** For people: at most 80 columns wide, the worst of each kind. */
std::string to_text(const blame_report &report, const blame_rows &rows = {});

/** All of it as one JSON object without the line end. See docs/json.md. */
std::string to_json(const blame_report &report);

/** What the numbers of a flame graph are. */
enum class blame_weight {
	count,		///< aborts; waits for readers
	time,		///< in microseconds, that the victims lost
};

/**
 * All directions: the first frame is "writers", "readers" or "mmap_lock", the second the
 * name of the task. What weighs nothing is left out.
 */
std::vector<folded_stack> fold(const blame_report &report, blame_weight weight);

} // namespace vmalock
