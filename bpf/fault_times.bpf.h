/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fault_times.bpf.h - how long faults take, by the path that they take.
 *
 *			begins when			ends when
 *   under the VMA lock	handle_mm_fault() is called	it returns
 *   retried		the same			it returns without RETRY
 *   aborted		lock_vma_under_rcu() refuses	the same
 *   bypassed		handle_mm_fault() is called	the same
 *
 * The time before and after that is the cost of the exception itself. It is the
 * same on each path, except for the attempt to lock. A fault that ends in a signal
 * before the last handle_mm_fault() has no time.
 *
 * On x86 every access from user mode tries the VMA lock. One that arrives without
 * the lock has tried it before, and its clock is running.
 */
#ifndef VMALOCK_FAULT_TIMES_BPF_H
#define VMALOCK_FAULT_TIMES_BPF_H

#include "faults.bpf.h"
#include "process_times.bpf.h"

/* Written and read by the task itself, in one fault. */
struct fault_clock {
	__u64 since_ns;			/* zero: does not run */
	__u64 address;			/* of the fault */
	__u32 path;			/* enum vmalock_time */
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct fault_clock);
} fault_clocks SEC(".maps");

/* A clock that still runs is that of a fault which had no end. */
static __always_inline int start_clock(unsigned long address, enum vmalock_time path)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fault_clock *clock;

	if (!is_target(task))
		return 0;
	clock = bpf_task_storage_get(&fault_clocks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!clock) {
		count_loss(VMALOCK_LOSS_TASKS_FULL);
		return 0;
	}
	clock->address = address;
	clock->path = path;
	clock->since_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("?fentry/handle_mm_fault")
int BPF_PROG(fault_time_begins, struct vm_area_struct *vma, unsigned long address,
	     unsigned int flags)
{
	if (under_vma_lock(flags))
		return start_clock(address, VMALOCK_FAULT_VMA_LOCK);
	if (never_tried(flags))
		return start_clock(address, VMALOCK_FAULT_BYPASSED);
	return 0;
}

SEC("?fexit/lock_vma_under_rcu")
int BPF_PROG(fault_time_aborted, struct mm_struct *mm, unsigned long address,
	     struct vm_area_struct *vma)
{
	return vma ? 0 : start_clock(address, VMALOCK_FAULT_ABORTED);
}

SEC("?fexit/handle_mm_fault")
int BPF_PROG(fault_time_ends, struct vm_area_struct *vma, unsigned long address,
	     unsigned int flags, struct pt_regs *regs, unsigned int result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fault_clock *clock = bpf_task_storage_get(&fault_clocks, task, NULL, 0);

	if (!clock || !clock->since_ns || clock->address != address)
		return 0;
	if (result & bpf_core_enum_value(enum vm_fault_reason, VM_FAULT_RETRY)) {
		if (under_vma_lock(flags))
			clock->path = VMALOCK_FAULT_RETRIED;
		return 0;
	}
	add_process_time(task, clock->path, bpf_ktime_get_ns() - clock->since_ns);
	clock->since_ns = 0;
	return 0;
}

#endif /* VMALOCK_FAULT_TIMES_BPF_H */
