// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Shows who stalls whom.
 */
#pragma once

#include <cstddef>
#include <string>

#include "model/blame.hh"
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

/** A stack, root first, and what it weighs. */
struct folded_stack {
	std::vector<std::string> frames;
	std::uint64_t weight = 0;
};

/**
 * All directions: the first frame is "writers", "readers" or "mmap_lock", the second the
 * name of the task. Kernel functions end with _[k]. No frame holds a semicolon, a control
 * character or a byte beyond ASCII. What weighs nothing is left out.
 */
std::vector<folded_stack> fold(const blame_report &report, blame_weight weight);

/** A line a stack, as flamegraph.pl and its like read it. */
std::string to_text(const std::vector<folded_stack> &stacks);

} // namespace vmalock
