// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The vmalock module's helper: its counters, and who uses it.
 */
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "model/snapshot.hh"

namespace vmalock {

/**
 * Read the counters from debugfs.
 * @return nothing if the module is not loaded or debugfs not readable.
 * @throw std::runtime_error if the file is of a version this tool cannot read.
 */
std::optional<helper_stats> read_helper_stats();

/** The modules that use it now: sysfs lists them, to everybody. */
std::vector<std::string> helper_users();

/** Parse the file's text; format: module/boundary/stats.c. */
helper_stats parse_helper_stats(std::istream &stream);

} // namespace vmalock
