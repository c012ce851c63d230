// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The writers that hold mmap_lock at this moment.
 */
#pragma once

#include "collect/kallsyms.hh"
#include "model/writers.hh"

struct vmalock_bpf;

namespace vmalock {

/**
 * Adds to @p out who holds mmap_lock for write at this moment with victims, since
 * when, and where it stands. Looks at every task of the machine.
 * @throw std::runtime_error if the kernel does not answer.
 */
void add_current_writers(vmalock_bpf &bpf, kallsyms &symbols, writer_counts &out);

} // namespace vmalock
