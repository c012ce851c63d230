/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * losses.bpf.h - what could not be counted, counted by cause.
 */
#ifndef VMALOCK_LOSSES_BPF_H
#define VMALOCK_LOSSES_BPF_H

#include "kernel_types.h"
#include "uapi/losses.h"

/*
 * By cause, on each CPU: a full table can lose every event, and no CPU is to wait for
 * another then. Programs preempt each other on a CPU, hence atomically.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VMALOCK_LOSS_NR);
	__type(key, __u32);
	__type(value, __u64);
} losses SEC(".maps");

static __always_inline void count_loss(enum vmalock_loss cause)
{
	__u32 key = cause;
	__u64 *count = bpf_map_lookup_elem(&losses, &key);

	if (count)
		__sync_fetch_and_add(count, 1);
}

#endif /* VMALOCK_LOSSES_BPF_H */
