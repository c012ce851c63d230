// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The counters of the vmalock module's helper.
 */
#pragma once

#include <istream>
#include <optional>

#include "model/snapshot.hh"

namespace vmalock {

/**
 * Read the counters from debugfs.
 * @return nothing if the module is not loaded or debugfs not readable.
 * @throw std::runtime_error if the file is of a version this tool cannot read.
 */
std::optional<helper_stats> read_helper_stats();

/** Parse the file's text; format: module/boundary/stats.c. */
helper_stats parse_helper_stats(std::istream &stream);

} // namespace vmalock
