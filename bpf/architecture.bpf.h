/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * architecture.bpf.h - what is kept where the architecture says. The running kernel's
 * types show which of the places it has, so that one object serves all architectures.
 */
#ifndef VMALOCK_ARCHITECTURE_BPF_H
#define VMALOCK_ARCHITECTURE_BPF_H

#include "kernel_types.h"

/* arch/x86/include/asm/thread_info.h */
#define TS_COMPAT		0x0002
/* arch/arm64/include/asm/thread_info.h */
#define TIF_32BIT		22

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs___entry {
	long orig_ax;			/* x86: system call, or -1 */
	int syscallno;			/* arm64: the same */
};

struct cpu_context {
	unsigned long sp;
};

struct thread_struct {
	unsigned long sp;		/* x86 */
	struct cpu_context cpu_context;	/* arm64 */
};

struct task_struct___thread {
	struct thread_struct thread;
};

#pragma clang attribute pop

/* The number of the system call that @task came into the kernel by, or -1. */
static __always_inline long entry_number(struct task_struct *task)
{
	struct pt_regs___entry *regs = (void *)bpf_task_pt_regs(task);

	if (bpf_core_field_exists(regs->orig_ax))
		return regs->orig_ax;
	return regs->syscallno;
}

/* Is that number of the table for 32-bit programs? */
static __always_inline bool is_compat(struct task_struct *task)
{
	if (bpf_core_field_exists(task->thread_info.status))
		return task->thread_info.status & TS_COMPAT;
	return task->thread_info.flags & (1UL << TIF_32BIT);
}

/* Where a task switch left the stack pointer, 0 if that is not known. */
static __always_inline __u64 switched_out_stack_pointer(struct task_struct *task)
{
	struct task_struct___thread *saved = (void *)task;

	if (bpf_core_field_exists(saved->thread.sp))
		return BPF_CORE_READ(saved, thread.sp);
	if (bpf_core_field_exists(saved->thread.cpu_context.sp))
		return BPF_CORE_READ(saved, thread.cpu_context.sp);
	return 0;
}

#endif /* VMALOCK_ARCHITECTURE_BPF_H */
