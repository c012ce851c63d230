// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Processes and threads that have exited, and the room that their counts take, and
 * those of removed cgroups.
 */
#pragma once

#include <set>

#include "model/exited.hh"

struct vmalock_bpf;

namespace vmalock {

/**
 * Nothing runs under this id any more: not even a zombie is left. What it did was
 * counted before this was asked. One whose number is another's by now is not noticed,
 * and nobody is where numbers are not the kernel's own: in a PID namespace.
 */
bool has_exited(process_id id);

/** Those that were counted and have exited. */
std::set<process_id> exited_processes(const vmalock_bpf &bpf);

/**
 * Give back what the counts of these take, which no program adds to any more. To be
 * called after they have been read for the last time: since exited_processes() and
 * removed_cgroups() were asked.
 */
void forget(vmalock_bpf &bpf, const gone &gone);

} // namespace vmalock
