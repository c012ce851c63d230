// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Names of the files that `vmalock watch` writes. Pure.
 */
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmalock {

/**
 * "stall-000012-20261129T200512Z.json". The number gives the order, since the clock of a
 * machine may go back.
 */
std::string stall_name(std::uint64_t number, std::time_t when);

/** The number in such a name, or none if it is none. */
std::optional<std::uint64_t> number_in(std::string_view name);

/** Of these names those that have to go for the newest @p keep to remain. */
std::vector<std::string> names_beyond(std::vector<std::string> names, std::size_t keep);

} // namespace vmalock
