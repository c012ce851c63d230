// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How large the tables of a run are: as large as what it traces can need.
 */
#pragma once

#include "collect/trace_target.hh"
#include "model/diagnosis.hh"

struct vmalock_bpf;

namespace vmalock {

/** Between opening and loading. Sizes that the programs declare are the largest. */
void size_tables(vmalock_bpf &bpf, const trace_target &target, const counting &counting);

/** What the kernel sets aside for the maps that are to be created, and for all their entries. */
table_memory memory_of(const vmalock_bpf &bpf);

} // namespace vmalock
