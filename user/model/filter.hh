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

/**
 * The processes that were called so when last seen, and what is counted by that name;
 * the kernel cuts names to 15 bytes.
 */
std::set<group_id> groups_named(const snapshot &snapshot, std::string_view name);

/**
 * What these did, each a group as whole_of() has it. Writers that were in the way of
 * them stay, whoever they are; what nobody can tell apart by process stays whole:
 * losses, the kernel's own counters, the helper's.
 */
snapshot filter(snapshot all, const std::set<group_id> &wholes);

} // namespace vmalock
