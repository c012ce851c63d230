/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * standing_waits.bpf.h - a thread begins to sleep for an rw_semaphore, and has it.
 *
 * Nothing tells which semaphores are an mmap_lock, but for the one of the thread's own mm:
 * all are noted, and user space looks only where one stands. No clock is read and no helper
 * is called: user space sees the table in its own memory, and measures how long it sees a
 * wait there. What finds no room is counted.
 */
#ifndef VMALOCK_STANDING_WAITS_BPF_H
#define VMALOCK_STANDING_WAITS_BPF_H

#include "mmap_lock.bpf.h"
#include "uapi/standing_waits.h"

/* From one place of a thread to the next: neighbours often wait together. */
#define PLACE_STRIDE	2053

struct vmalock_standing_wait standing_waits[VMALOCK_STANDING_WAITS];
__u64 without_room;

static __always_inline struct vmalock_standing_wait *place(__u32 tid, __u32 which)
{
	return &standing_waits[(tid + which * PLACE_STRIDE) & (VMALOCK_STANDING_WAITS - 1)];
}

SEC("tp_btf/contention_begin")
int BPF_PROG(wait_begins, void *lock, unsigned int flags)
{
	struct task_struct *task;
	__u32 tid, i;

	if (flags != LCB_F_READ && flags != LCB_F_WRITE)
		return 0;
	task = bpf_get_current_task_btf();
	tid = task->pid;
#pragma unroll
	for (i = 0; i < VMALOCK_STANDING_WAIT_PLACES; i++) {
		struct vmalock_standing_wait *at = place(tid, i);
		__u64 wait = (__u64)tid << 32 | (at->count + 1), before;

		before = __sync_val_compare_and_swap(&at->wait, 0, wait);
		/* Its own is of a wait whose end the kernel skipped. */
		if (before && before >> 32 != tid)
			continue;
		at->lock = (__u64)lock;
		at->is_own = task->mm && lock == &task->mm->mmap_lock;
		at->count++;
		at->wait = wait;
		return 0;
	}
	__sync_fetch_and_add(&without_room, 1);
	return 0;
}

SEC("tp_btf/contention_end")
int BPF_PROG(wait_ends, void *lock, int ret)
{
	__u32 tid = bpf_get_current_task_btf()->pid, i;

#pragma unroll
	for (i = 0; i < VMALOCK_STANDING_WAIT_PLACES; i++) {
		struct vmalock_standing_wait *at = place(tid, i);
		__u64 wait = at->wait;

		/* Others may be of an interrupt's spin lock, in the middle of this wait. */
		if (wait >> 32 != tid || at->lock != (__u64)lock)
			continue;
		__sync_val_compare_and_swap(&at->wait, wait, 0);
		return 0;
	}
	return 0;
}

#endif /* VMALOCK_STANDING_WAITS_BPF_H */
