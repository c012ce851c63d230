// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Who waits for whom at this moment, for people and as JSON.
 */
#pragma once

#include <string>

#include "model/wait_chains.hh"

namespace vmalock {

/** For people: at most 80 columns wide, @p rows address spaces and lines of each; zero: all. */
std::string to_text(const stall_report &report, std::size_t rows);

/** One JSON object without the line end. See docs/json.md. */
std::string to_json(const stall_report &report);

} // namespace vmalock
