// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Leaving out what is not asked for. Pure.
 */
#pragma once

#include <set>
#include <string_view>

#include "model/snapshot.hh"

namespace vmalock {

/** Processes that were called so when last seen; the kernel cuts names to 15 bytes. */
std::set<process_id> processes_named(const snapshot &snapshot, std::string_view name);

/**
 * What these processes did. Writers that were in the way of them stay, whoever
 * they are; what nobody can tell apart by process stays whole: losses, the
 * kernel's own counters, the helper's.
 */
snapshot filter(snapshot all, const std::set<process_id> &processes);

} // namespace vmalock
