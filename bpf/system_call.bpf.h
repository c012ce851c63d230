/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * system_call.bpf.h - what a task has entered the kernel for.
 */
#ifndef VMALOCK_SYSTEM_CALL_BPF_H
#define VMALOCK_SYSTEM_CALL_BPF_H

#include "architecture.bpf.h"
#include "uapi/stacks.h"

/* include/linux/sched.h: on its way out; and what never was in user space. */
#define PF_EXITING		0x00000004
#define PF_IO_WORKER		0x00000010
#define PF_USER_WORKER		0x00004000
#define PF_KTHREAD		0x00200000

/* The system call that @task is in. */
static __always_inline __u32 system_call(struct task_struct *task)
{
	__u32 compat = is_compat(task) ? VMALOCK_SYSCALL_COMPAT : 0;

	if (task->flags & (PF_KTHREAD | PF_USER_WORKER | PF_IO_WORKER) || entry_number(task) < 0)
		return VMALOCK_SYSCALL_NONE;
	return entry_number(task) | compat;
}

/* It runs user space, and came from there by an exception or an interrupt. */
static __always_inline bool by_exception(struct task_struct *task)
{
	return !(task->flags & (PF_KTHREAD | PF_USER_WORKER | PF_IO_WORKER | PF_EXITING)) &&
	       entry_number(task) < 0;
}

#endif /* VMALOCK_SYSTEM_CALL_BPF_H */
