// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How the time is shown in which somebody had mmap_lock.
 */
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/hold_course.hh"
#include "output/table.hh"

namespace vmalock {

/** For people: some lines, indented; nothing if no hold was followed. @param sleeps places at most; zero: all */
void add_followed(buffer &out, const followed_holds &holds, std::size_t sleeps);

/** For programs: null if no hold was followed. */
nlohmann::ordered_json to_json(const followed_holds &holds);

} // namespace vmalock
