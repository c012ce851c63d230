// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The writers that caused aborts, and the times of mmap_lock.
 */
#pragma once

#include "collect/kallsyms.hh"
#include "collect/kernel_btf.hh"
#include "model/writers.hh"
#include "uapi/writer_records.h"

struct vmalock_bpf;

namespace vmalock {

/** Between opening and loading, if writers are not asked for. */
void leave_out_writers(vmalock_bpf &bpf);

/** Between opening and loading, if they are. */
void prepare_writers(vmalock_bpf &bpf, const kernel_btf &kernel, kallsyms &symbols, bool exact);

writer_key key_of(const vmalock_writer &writer);
victim_key key_of(const vmalock_victim &victim, kallsyms &symbols);

/** Of what has been counted so far only the writers and their user stacks, which is less work. */
writer_counts read_user_stacks(vmalock_bpf &bpf);

/** What has been counted so far, and who has not let go yet. */
writer_counts read_writers(vmalock_bpf &bpf, kallsyms &symbols);

} // namespace vmalock
