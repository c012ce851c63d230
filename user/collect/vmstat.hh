// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The kernel's own counters of VMA locks, machine-wide.
 */
#pragma once

#include <istream>
#include <optional>

#include "model/snapshot.hh"

namespace vmalock {

/** @return nothing if the kernel was built without CONFIG_PER_VMA_LOCK_STATS. */
std::optional<vmstat_counts> read_vmstat();

/** Parse the text of /proc/vmstat. */
std::optional<vmstat_counts> parse_vmstat(std::istream &stream);

} // namespace vmalock
