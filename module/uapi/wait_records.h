/* SPDX-License-Identifier: GPL-2.0-only */
/* wait_records.h - one wait, and the readers that were met meanwhile. */
#ifndef VMALOCK_UAPI_WAIT_RECORDS_H
#define VMALOCK_UAPI_WAIT_RECORDS_H

#include "uapi/processes.h"
#include "uapi/stacks.h"
#include "uapi/types.h"

/*
 * A thread that was off the CPU while a writer waited, with a pointer to the
 * VMA on its kernel stack. It holds the read lock, has let go of it or only
 * once had the pointer: its stack tells.
 */
struct vmalock_holder {
	struct vmalock_task task;
	vmalock_u64 address;		/* that it faulted on, 0: no fault */
	vmalock_u64 last_ns;		/* into the wait: when last seen so */
	vmalock_u64 asleep_ns;		/* since boot: first seen asleep in this wait, or 0 */
	vmalock_u64 stack[VMALOCK_STACK_FRAMES];	/* return addresses */
};

/* The last reader that woke the writer. No tid: not seen. */
struct vmalock_releaser {
	struct vmalock_task task;
	vmalock_u64 released_ns;	/* since boot: after it let go, before it wakes */
	vmalock_u64 stack[VMALOCK_STACK_FRAMES];
	vmalock_u64 user_stack[VMALOCK_STACK_FRAMES];
};

#define VMALOCK_MAPPING_LEN 32
#define VMALOCK_HOLDERS 8

/*
 * One wait of a writer for the readers of a VMA, sent when it is over, and while it
 * goes on if user space asks.
 */
struct vmalock_wait {
	struct vmalock_process_key process;	/* the writer's */
	struct vmalock_task writer;
	vmalock_u32 system_call;	/* ~0: none */
	vmalock_u32 kind;		/* enum vmalock_wait_kind */
	vmalock_u64 began_ns;		/* since boot, without suspend */
	vmalock_u64 waited_ns;
	vmalock_u64 vm_start;
	vmalock_u64 vm_end;
	vmalock_u32 readers;		/* that held the lock as it began */
	vmalock_u32 found;		/* in holders, or more than fit there */
	vmalock_u32 interrupted;	/* a fatal signal ended it */
	vmalock_u32 goes_on;		/* waited_ns is so far, and nobody has released it */
	char mapping[VMALOCK_MAPPING_LEN];	/* the file's name, or empty */
	vmalock_u64 stack[VMALOCK_STACK_FRAMES];
	struct vmalock_releaser releaser;
	struct vmalock_holder holders[VMALOCK_HOLDERS];
};

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_holder) == 304);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_releaser) == 544);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_wait, stack) == 128);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_wait) == 3360);

#endif /* VMALOCK_UAPI_WAIT_RECORDS_H */
