// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The cgroups that the programs have met.
 */
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "model/snapshot.hh"

struct vmalock_bpf;

namespace vmalock {

/** Those whose path is known up to the root. */
std::vector<cgroup_path> read_cgroups(const vmalock_bpf &bpf);

/** Those that were removed: all that was counted in them was counted before this was asked. */
std::set<std::uint64_t> removed_cgroups(const vmalock_bpf &bpf);

} // namespace vmalock
