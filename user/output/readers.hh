// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How writers that waited for readers are shown, together with these readers.
 */
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/readers.hh"
#include "output/table.hh"

namespace vmalock {

/** For people: the writers that waited longest; below each, the readers that blocked it. */
void add_waits(buffer &out, const writer_waits &waits, std::size_t rows);

/** All of it, for programs. See docs/json.md. */
nlohmann::ordered_json to_json(const writer_waits &waits);

} // namespace vmalock
