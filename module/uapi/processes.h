/* SPDX-License-Identifier: GPL-2.0-only */
/* processes.h - processes and threads, as the tracer names them. */
#ifndef VMALOCK_UAPI_PROCESSES_H
#define VMALOCK_UAPI_PROCESSES_H

#include "uapi/types.h"

/*
 * One process as the tracer counts it. The start time keeps a reused process
 * id apart from its predecessor. A thread is named alike, by its own id.
 */
struct vmalock_process_key {
	vmalock_u32 tgid;
	vmalock_u32 reserved;		/* zero: the key is hashed as bytes */
	vmalock_u64 start_ns;		/* group leader's start_boottime */
};

/* One thread, under the name it had then. */
struct vmalock_task {
	vmalock_u32 pid;		/* thread group id */
	vmalock_u32 tid;
	char name[VMALOCK_COMM_LEN];
};

/* A task's ids, for who is not in the first PID namespace. */
struct vmalock_task_ids {
	vmalock_u32 tid, tgid;		/* the kernel's own */
	vmalock_u32 own_tid, own_tgid;	/* in the reader's namespace */
	vmalock_u32 proc_tgid;		/* in that of the reader's /proc */
	vmalock_u32 reserved;
};

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_process_key) == 16);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_task_ids) == 24);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_task) == 24);

#endif /* VMALOCK_UAPI_PROCESSES_H */
