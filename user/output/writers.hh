// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Shows the writers that caused aborts.
 */
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/writers.hh"
#include "output/table.hh"

namespace vmalock {

/** For people: the writers blamed most, their victims, the times of mmap_lock. */
void add_writers(buffer &out, const writers_report &report, std::size_t rows);

/** All of it, for programs. See docs/json.md. */
nlohmann::ordered_json to_json(const writers_report &report);

} // namespace vmalock
