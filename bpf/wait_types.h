/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait_types.h - what only the tracing of writers' waits reads of the kernel;
 * by the rules of kernel_types.h.
 */
#ifndef VMALOCK_WAIT_TYPES_H
#define VMALOCK_WAIT_TYPES_H

#include "kernel_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct thread_struct {
	unsigned long sp;		/* x86 */
};

struct task_struct___wait {
	int pid;
	int tgid;
	unsigned int on_cpu;		/* 8 bits or 32: load it, do not copy */
	unsigned int flags;
	struct mm_struct *mm;
	struct thread_struct thread;
};

struct vm_area_struct___wait {
	struct file *vm_file;
};

struct rcuwait {
	void *task;
};

struct rw_semaphore___wait {
	atomic_long_t owner;		/* not on PREEMPT_RT */
	struct rwbase_rt rwbase;	/* on PREEMPT_RT */
};

struct mm_struct___wait {
	struct rcuwait vma_writer_wait;	/* since 6.15 */
	struct rw_semaphore___wait mmap_lock;
};

#pragma clang attribute pop

enum bpf_task_iter_flags {
	BPF_TASK_ITER_ALL_PROCS,
	BPF_TASK_ITER_ALL_THREADS,
	BPF_TASK_ITER_PROC_THREADS,
};

/* include/uapi/linux/time.h, which clashes with the C library's. */
#define CLOCK_MONOTONIC	1

/* uapi does not have this one; in the kernel it is opaque too. */
struct bpf_iter_task {
	__u64 opaque[3];
};

extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task,
			     unsigned int flags) __ksym __weak;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym __weak;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __ksym __weak;
extern struct task_struct *bpf_task_from_pid(int pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

#endif /* VMALOCK_WAIT_TYPES_H */
