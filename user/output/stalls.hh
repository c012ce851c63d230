// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Who waits for whom at this moment: for people, as JSON and as a flame graph.
 */
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/wait_chains.hh"
#include "output/folded.hh"
#include "output/table.hh"

namespace vmalock {

/** For people: at most 80 columns wide, @p rows address spaces and lines of each; zero: all. */
std::string to_text(const stall_report &report, std::size_t rows);

/** The stalls that stood as something else began, which has no events of them; nothing if there are none. */
void add_standing(buffer &out, const std::optional<stall_report> &standing, std::size_t rows);

/** The worst of them in a line without its end; empty if there is none. */
std::string headline(const stall_report &report);

/** What the worst of its stalls is, on one line. There is one. */
std::string first_sentence(const stall_report &report);

/** One JSON object without the line end. See docs/json.md. */
std::string to_json(const stall_report &report);

/**
 * Who waits behind whom, in milliseconds so far: those in the way first, each with what it
 * does and its kernel functions, then the writer that waits for them, then those behind, by
 * process. Who has not waited for a millisecond is left out.
 * @param look from which the report was made: it has each thread's wait and stack
 */
std::vector<folded_stack> fold(const stall_report &report, const blocked_look &look);

/** What stood still, for other views; null if nobody looked. */
nlohmann::ordered_json standing_to_json(const std::optional<stall_report> &standing);

} // namespace vmalock
