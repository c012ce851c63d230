/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait_types.h - what is read of tasks that may be off the CPU; by the rules of
 * kernel_types.h.
 */
#ifndef VMALOCK_WAIT_TYPES_H
#define VMALOCK_WAIT_TYPES_H

#include "kernel_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sched_entity {
	unsigned char sched_delayed;	/* since 6.12: it sleeps, and is on the run queue */
	__u64 exec_start;		/* by rq->clock_task, when it ran last */
};

struct task_struct___wait {
	unsigned int on_cpu;		/* 8 bits or 32: load them, do not copy */
	unsigned int on_rq;
	unsigned int __state;
	struct sched_entity se;
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

#endif /* VMALOCK_WAIT_TYPES_H */
