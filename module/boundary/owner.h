/* SPDX-License-Identifier: GPL-2.0-only */
/* owner.h - one VMA lock and its holder, as C and C++ pass it on. */
#ifndef VMALOCK_BOUNDARY_OWNER_H
#define VMALOCK_BOUNDARY_OWNER_H

#include "uapi/types.h"

/* As many VMA locks can be tracked at a time: 80 KB. */
#define VMALOCK_OWNERS 1024

struct vmalock_owner {
	const void *task;		/* only compared, never followed */
	const void *vma;		/* likewise */
	vmalock_u64 since_ns;		/* on the clock of ktime_get() */
	vmalock_u64 vm_start;
	vmalock_u64 vm_end;
	vmalock_u32 pid;		/* thread, in the initial namespace */
	unsigned short caller;		/* place in core/callers.hh */
	unsigned short turn;		/* which holder of its entry; wraps */
	char comm[VMALOCK_COMM_LEN];
};

#endif /* VMALOCK_BOUNDARY_OWNER_H */
