// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmalock.bpf.c - one object with all programs. The head of each included file says
 * what it traces.
 *
 * An fexit program is skipped on a CPU where the same program was preempted.
 * The kernel counts these misses by program; user space reads and shows them.
 *
 * libbpf attaches programs in this order. Waits come after writers: a wait that began before
 * holds are seen would be put on one whose begin was not.
 */
#include "kernel_types.h"

char LICENSE[] SEC("license") = "GPL";

#include "processes.bpf.h"
#include "groups.bpf.h"
#include "faults.bpf.h"
#include "fault_times.bpf.h"
#include "aborts.bpf.h"
#include "misses.bpf.h"
#include "current_writers.bpf.h"
#include "mmap_waits.bpf.h"
#include "readers.bpf.h"
#include "task_ids.bpf.h"
#include "exact.bpf.h"
