// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A probe where the kernel misses a VMA.
 */
#pragma once

#include <string>
#include <variant>

#include "model/snapshot.hh"

struct vmalock_bpf;

namespace vmalock {

/** Why misses are not to be seen, in words for people. */
struct unseen {
	std::string why;
};

/** Put the probe there, once the programs are loaded. @return where. */
std::variant<attach_point, unseen> attach_misses(vmalock_bpf &bpf);

} // namespace vmalock
