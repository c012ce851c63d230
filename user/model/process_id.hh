// SPDX-License-Identifier: GPL-2.0-only
/** @file What tells one process from all others. */
#pragma once

#include <compare>
#include <cstdint>

namespace vmalock {

/** One process; the start time tells it from a later one with the same id. */
struct process_id {
	std::uint32_t pid = 0;
	std::uint64_t start_ns = 0;

	auto operator<=>(const process_id &) const = default;
};

} // namespace vmalock
