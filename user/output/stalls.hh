// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Who waits for whom at this moment, for people and as JSON.
 */
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "model/wait_chains.hh"
#include "output/table.hh"

namespace vmalock {

/** For people: at most 80 columns wide, @p rows address spaces and lines of each; zero: all. */
std::string to_text(const stall_report &report, std::size_t rows);

/** The part of it that is about stalls, for other views. */
void add_stalls(buffer &out, const stall_report &report, std::size_t rows);

/** What the worst of its stalls is, on one line. There is one. */
std::string first_sentence(const stall_report &report);

/** One JSON object without the line end. See docs/json.md. */
std::string to_json(const stall_report &report);

/** Its stalls, for other views. */
nlohmann::ordered_json stalls_to_json(const stall_report &report);

} // namespace vmalock
