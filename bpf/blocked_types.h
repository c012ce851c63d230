/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blocked_types.h - what only a look at blocked tasks reads of the kernel; by the rules
 * of kernel_types.h.
 */
#ifndef VMALOCK_BLOCKED_TYPES_H
#define VMALOCK_BLOCKED_TYPES_H

#include "wait_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

enum rwsem_waiter_type {
	RWSEM_WAITING_FOR_WRITE,
	RWSEM_WAITING_FOR_READ,
};

struct rwsem_waiter {
	struct list_head list;
	struct task_struct *task;
	enum rwsem_waiter_type type;
};

struct rw_semaphore___list {		/* before 7.2 */
	struct list_head wait_list;
};

struct rw_semaphore___first {
	struct rwsem_waiter *first_waiter;	/* their list has no head */
};

struct task_struct___blocker {
	unsigned long blocker;		/* a lock, and its kind in the low bits */
};

struct mutex {
	atomic_long_t owner;		/* task_struct, and flags in the low bits */
};

struct fuse_conn {
	__u32 dev;			/* its number: of its first super block */
};

struct fuse_conn___before {		/* before 7.3 */
	unsigned int connected;
};

struct fuse_dev {			/* before 7.3 */
	struct fuse_conn *fc;
};

struct fuse_chan {
	struct fuse_conn *conn;
	unsigned int connected;
};

struct fuse_dev___chan {
	struct fuse_chan *chan;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;	/* NULL after the last */
	__u32 fd;
	struct file *file;
};

struct thread_info___cpu {
	__u32 cpu;
};

struct rq {
	__u64 clock;			/* the machine's time, as this CPU read it last */
	__u64 clock_task;		/* the same less interrupts and stolen time */
};

#pragma clang attribute pop

extern const struct rq runqueues __ksym;

#endif /* VMALOCK_BLOCKED_TYPES_H */
