/* SPDX-License-Identifier: GPL-2.0-only */
/* aborts.h - VMA locks that were refused. */
#ifndef VMALOCK_UAPI_ABORTS_H
#define VMALOCK_UAPI_ABORTS_H

/*
 * Why lock_vma_under_rcu() returned NULL, read from the VMA right after it
 * did. The writer may have moved on by then, hence GONE and UNREADABLE.
 */
enum vmalock_abort_reason {
	VMALOCK_ABORT_UNMAPPED,		/* the maple tree holds no VMA there */
	VMALOCK_ABORT_WRITE_LOCKED,	/* vm_lock_seq == mm_lock_seq */
	VMALOCK_ABORT_READERS_EXCLUDED,	/* a writer is draining the readers */
	VMALOCK_ABORT_MOVED,		/* the range no longer covers it */
	VMALOCK_ABORT_DETACHED,		/* unlinked from the tree */
	VMALOCK_ABORT_OTHER_MM,		/* the VMA was reused by another mm */
	VMALOCK_ABORT_SATURATED,	/* the reader count is at its limit */
	VMALOCK_ABORT_GONE,		/* lockable again when we looked */
	VMALOCK_ABORT_UNREADABLE,	/* the tree changed under our walk */
	VMALOCK_ABORT_REASON_NR,
};

#endif /* VMALOCK_UAPI_ABORTS_H */
