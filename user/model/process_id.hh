// SPDX-License-Identifier: GPL-2.0-only
/** @file The identity of a process, and its name. */
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>

namespace vmalock {

/** One process; the start time tells it from a later one with the same id. */
struct process_id {
	std::uint32_t pid = 0;
	std::uint64_t start_ns = 0;

	auto operator<=>(const process_id &) const = default;
};

/** Names of processes, as far as they were learnt. */
using process_names = std::map<process_id, std::string>;

/** Empty if it was not learnt. */
inline std::string name_of(const process_names &names, process_id id)
{
	auto found = names.find(id);

	return found == names.end() ? "" : found->second;
}

} // namespace vmalock
