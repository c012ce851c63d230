// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How the times of processes are shown.
 */
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/process_times.hh"
#include "output/table.hh"

namespace vmalock {

/** For people: a table under @p title, or nothing if nothing took any time. */
void add_process_times(buffer &out, std::string_view title, const process_times &times, std::size_t rows);

/** For programs: of all and by process, each thing from @p first to before @p end. */
nlohmann::ordered_json to_json(const process_times &times, vmalock_time first, vmalock_time end);

/** Times of one kind, for programs. */
nlohmann::ordered_json to_json(const times &spent);

} // namespace vmalock
