/* SPDX-License-Identifier: GPL-2.0-only */
/* aborts.h - VMA locks that were refused. */
#ifndef VMALOCK_UAPI_ABORTS_H
#define VMALOCK_UAPI_ABORTS_H

#include "uapi/types.h"

/*
 * Why lock_vma_under_rcu() returned NULL, read from the VMA right after it
 * did. The writer may have moved on by then, hence GONE and UNREADABLE.
 *
 * X(name, key, words, by_writer): by_writer is 1 if a writer was in the way.
 */
#define VMALOCK_ABORT_REASONS(X) \
	/* the maple tree holds no VMA there */ \
	X(VMALOCK_ABORT_UNMAPPED, "unmapped", "nothing mapped there", 0) \
	/* vm_lock_seq == mm_lock_seq */ \
	X(VMALOCK_ABORT_WRITE_LOCKED, "write_locked", "write-locked", 1) \
	/* a writer is draining the readers */ \
	X(VMALOCK_ABORT_READERS_EXCLUDED, "readers_excluded", "readers excluded", 1) \
	/* the range no longer covers it */ \
	X(VMALOCK_ABORT_MOVED, "moved", "range moved", 1) \
	/* unlinked from the tree */ \
	X(VMALOCK_ABORT_DETACHED, "detached", "detached", 1) \
	/* the VMA was reused by another mm */ \
	X(VMALOCK_ABORT_OTHER_MM, "other_mm", "reused by another mm", 0) \
	/* the reader count is at its limit */ \
	X(VMALOCK_ABORT_SATURATED, "saturated", "reader count saturated", 0) \
	/* lockable again when we looked */ \
	X(VMALOCK_ABORT_GONE, "gone", "gone when we looked", 1) \
	/* the tree changed under our walk */ \
	X(VMALOCK_ABORT_UNREADABLE, "unreadable", "tree changed as we looked", 1)

enum vmalock_abort_reason {
	VMALOCK_ABORT_REASONS(VMALOCK_ENUMERATOR)
	VMALOCK_ABORT_REASON_NR,
};

#endif /* VMALOCK_UAPI_ABORTS_H */
