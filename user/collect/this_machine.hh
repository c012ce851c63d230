// SPDX-License-Identifier: GPL-2.0-only
/** @file Which machine this is, and what time it is here. */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vmalock {

struct machine_identity {
	std::string host;		///< uname -n
	std::string boot_id;		///< another one after each boot
};

machine_identity this_machine();

/** CLOCK_REALTIME or CLOCK_BOOTTIME, in ns. */
std::uint64_t now_ns(int clock);

/** The words that started this process. */
std::vector<std::string> command_line();

} // namespace vmalock
