/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_stack.bpf.h - a task, and what lies on its kernel stack while it is off the CPU.
 *
 * The task switch has saved every register on the stack, so that what a function works
 * with is between the saved stack pointer and the user's registers. The stack of a task
 * that runs on a CPU cannot be read.
 */
#ifndef VMALOCK_TASK_STACK_BPF_H
#define VMALOCK_TASK_STACK_BPF_H

#include "architecture.bpf.h"
#include "uapi/processes.h"
#include "wait_types.h"

#define STACK_CHUNK_WORDS	64
#define MAX_STACK_WORDS		4096
#define MAX_PAGE_SIZE		(1ULL << 30)

static __always_inline void describe(struct vmalock_task *out, struct task_struct *task)
{
	out->pid = BPF_CORE_READ(task, tgid);
	out->tid = BPF_CORE_READ(task, pid);
	bpf_core_read_str(out->name, sizeof(out->name), &task->comm);
}

/* Where the stack of a task that is off the CPU begins and its registers end. */
static __always_inline __u64 saved_stack_pointer(struct task_struct *task)
{
	struct task_struct___wait *wait = (void *)task;

	return wait->on_cpu ? 0 : switched_out_stack_pointer(task);
}

/* Who is preempted, or moved to another CPU then, may have a state too. */
static __always_inline bool is_asleep(struct task_struct *task)
{
	struct task_struct___wait *its = (void *)task;

	if (!its->__state)
		return false;
	return !its->on_rq ||
	       (bpf_core_field_exists(its->se.sched_delayed) && its->se.sched_delayed);
}

/*
 * Of a fault under the VMA lock, or in a file system's page_mkwrite(). Source of the
 * rule: do_page_mkwrite() (mm/memory.c) replaces all flags for the time of that call. A
 * writer that waits for readers has mmap_lock, so a fault in its mm that goes on has no
 * other lock than its VMA's.
 */
static __always_inline bool locks_vma(unsigned int flags)
{
	return flags & (bpf_core_enum_value(enum fault_flag, FAULT_FLAG_VMA_LOCK) |
			bpf_core_enum_value(enum fault_flag, FAULT_FLAG_MKWRITE));
}

/* If the pointer to @vma at @at is that of a struct vm_fault, under the VMA lock: its address. */
static __always_inline __u64 fault_address(__u64 at, struct vm_area_struct *vma)
{
	struct vm_fault *fault = NULL;
	__u64 address;

	fault = (void *)(at - bpf_core_field_offset(fault->vma));
	address = BPF_CORE_READ(fault, real_address);
	if (address < BPF_CORE_READ(vma, vm_start) || address >= BPF_CORE_READ(vma, vm_end) ||
	    address - BPF_CORE_READ(fault, address) >= MAX_PAGE_SIZE ||
	    !locks_vma(BPF_CORE_READ(fault, flags)))
		return 0;
	return address;
}

#endif /* VMALOCK_TASK_STACK_BPF_H */
