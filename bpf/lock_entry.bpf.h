/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lock_entry.bpf.h - when the current task entered lock_vma_under_rcu().
 *
 * A writer that had mmap_lock by then, and has it still when the refused VMA is read,
 * had it all through the call. A writer that came later may have followed the one that
 * refused. Only --writers pays for this: it costs each fault one reading of the clock.
 *
 * There is one place per CPU, and any task that comes by overwrites it. Tasks can be
 * preempted between any two accesses, so the order of these matters: the entry says whose
 * the time is before it changes it, the exit takes the time before it asks whose it is. An
 * earlier time than that of the entry does no harm, since a hold must have begun before it:
 * that of the task's last call, if the kernel skipped the program for this one.
 */
#ifndef VMALOCK_LOCK_ENTRY_BPF_H
#define VMALOCK_LOCK_ENTRY_BPF_H

#include "kernel_types.h"

struct lock_entry {
	__u64 task;
	__u64 ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lock_entry);
} lock_entries SEC(".maps");

static __always_inline void note_lock_entry(void)
{
	const __u64 now_ns = bpf_ktime_get_ns();
	const __u32 only = 0;
	struct lock_entry *entry = bpf_map_lookup_elem(&lock_entries, &only);

	if (!entry)
		return;
	WRITE_ONCE(entry->task, bpf_get_current_task());
	WRITE_ONCE(entry->ns, now_ns);
}

/* Since when the current task is in lock_vma_under_rcu(), at least; zero: not known. */
static __always_inline __u64 lock_entered_ns(void)
{
	const __u32 only = 0;
	struct lock_entry *entry = bpf_map_lookup_elem(&lock_entries, &only);
	__u64 ns;

	if (!entry)
		return 0;
	ns = READ_ONCE(entry->ns);
	return READ_ONCE(entry->task) == bpf_get_current_task() ? ns : 0;
}

SEC("?fentry/lock_vma_under_rcu")
int BPF_PROG(lock_vma_under_rcu_entry)
{
	note_lock_entry();
	return 0;
}

#endif /* VMALOCK_LOCK_ENTRY_BPF_H */
