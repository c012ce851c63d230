/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_times.bpf.h - how long something takes, by process.
 */
#ifndef VMALOCK_PROCESS_TIMES_BPF_H
#define VMALOCK_PROCESS_TIMES_BPF_H

#include "losses.bpf.h"
#include "processes.bpf.h"
#include "uapi/count_records.h"
#include "uapi/durations.h"
#include "uapi/losses.h"
#include "uapi/times.h"

/* Added to from any CPU, hence atomically. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VMALOCK_TIME_NR * MAX_PROCESSES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_time_key);
	__type(value, struct vmalock_times);
} process_times SEC(".maps");

/* Of a wait or hold that lasted from 2^n ns to twice that: n. */
static __always_inline unsigned int time_bucket(__u64 ns)
{
	unsigned int bucket = 0, bits;

	for (bits = 32; bits; bits /= 2) {
		if (ns >> bits) {
			ns >>= bits;
			bucket += bits;
		}
	}
	return bucket < VMALOCK_WAIT_BUCKETS ? bucket : VMALOCK_WAIT_BUCKETS - 1;
}

static __always_inline void add_time(struct vmalock_times *times, __u64 ns)
{
	__sync_fetch_and_add(&times->total_ns, ns);
	__sync_fetch_and_add(&times->buckets[time_bucket(ns)], 1);
}

/* The running @task has spent so long with it. */
static __always_inline void add_process_time(struct task_struct *task, enum vmalock_time what,
					     __u64 ns)
{
	struct vmalock_time_key key = { .process = process_key(task), .what = what };
	static const struct vmalock_times none;
	struct vmalock_times *times;

	if (!is_target(task))
		return;
	times = bpf_map_lookup_elem(&process_times, &key);
	if (!times) {
		if (make_entry(&process_times, VMALOCK_TABLE_TIMES, &key, &none))
			set_name(task->group_leader, &key.process);
		times = bpf_map_lookup_elem(&process_times, &key);
	}
	if (times)
		add_time(times, ns);
	else
		count_loss(VMALOCK_LOSS_TIMES_FULL);
}

#endif /* VMALOCK_PROCESS_TIMES_BPF_H */
