// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The counters of faults and aborts, and what was lost of them.
 */
#pragma once

#include "collect/kallsyms.hh"
#include "model/snapshot.hh"

struct vmalock_bpf;

namespace vmalock {

/** Puts what has been counted so far into @p out, in place of what is there. */
void read_counts(vmalock_bpf &bpf, kallsyms &symbols, snapshot &out);

/** What has been lost so far. */
loss_counts read_losses(vmalock_bpf &bpf);

} // namespace vmalock
