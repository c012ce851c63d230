/* SPDX-License-Identifier: GPL-2.0-only */
/* standing_waits.h - the table of sleeping waits for rw_semaphores, in shared memory. */
#ifndef VMALOCK_UAPI_STANDING_WAITS_H
#define VMALOCK_UAPI_STANDING_WAITS_H

#include "uapi/types.h"

#define VMALOCK_STANDING_WAITS		8192	/* a power of two */
#define VMALOCK_STANDING_WAIT_PLACES	4	/* for each thread, one after the other */

/*
 * A waiter that finds @wait zero puts its thread id in the upper half and the next @count
 * in the lower one, which tells its waits apart. It puts back zero when it has the lock or
 * gives up; user space may do so before, and is told nothing more of this wait then.
 */
struct vmalock_standing_wait {
	vmalock_u64 wait;
	vmalock_u64 lock;		/* address */
	vmalock_u32 count;
	vmalock_u32 is_own;		/* it is the mmap_lock of the waiter's own mm */
};

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_standing_wait) == 24);

#endif /* VMALOCK_UAPI_STANDING_WAITS_H */
