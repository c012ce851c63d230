// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Where lock_vma_under_rcu() goes back to look the VMA up again, found in its code.
 */
#pragma once

#include <cstddef>
#include <optional>

#include "collect/code_flow.hh"

namespace vmalock {

/**
 * An instruction, by its offset, that each way from the look-up back to the look-up
 * passes, and nothing else: neither the way in nor any way that ends otherwise. It is a
 * direct jump or call, to which the kernel's probes do no more than to replace its first
 * byte; so it is found too where another vmalock has its probe already.
 *
 * @return empty if the code has no such instruction, or is not understood.
 */
std::optional<std::size_t> find_miss(const machine_code &code);

} // namespace vmalock
