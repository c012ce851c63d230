// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The times of processes.
 */
#pragma once

#include "model/process_times.hh"

struct vmalock_bpf;

namespace vmalock {

/** Between opening and loading: have the programs loaded that time faults. */
void prepare_fault_times(vmalock_bpf &bpf);

/** All that is from @p first to before @p end. */
std::vector<process_time> read_process_times(vmalock_bpf &bpf, vmalock_time first, vmalock_time end);

} // namespace vmalock
