/* SPDX-License-Identifier: GPL-2.0-only */
/* aborts.h - VMA locks that were refused. */
#ifndef VMALOCK_UAPI_ABORTS_H
#define VMALOCK_UAPI_ABORTS_H

#include "uapi/types.h"

/*
 * Which writer was in the way. Source of the rule: __vma_start_write() sets vm_lock_seq to
 * mm_lock_seq, and mmap_write_unlock() and mmap_write_downgrade() change the latter, so a
 * VMA with both equal, or with its readers excluded, is locked by the task that owns
 * mmap_lock. A VMA that was moved or detached and does not say so, or can be locked again,
 * was let go by its writer: who owns mmap_lock now has not locked it.
 */
enum vmalock_abort_by {
	VMALOCK_BY_NOBODY,
	VMALOCK_BY_OWNER,		/* of mmap_lock */
	VMALOCK_BY_SOME_WRITER,		/* whom nobody can name */
};

/*
 * Why lock_vma_under_rcu() returned NULL, read from the VMA right after it
 * did. The writer may have moved on by then, hence GONE and UNREADABLE.
 *
 * X(name, key, words, by): by whom, an enum vmalock_abort_by.
 */
#define VMALOCK_ABORT_REASONS(X) \
	/* the maple tree holds no VMA there */ \
	X(VMALOCK_ABORT_UNMAPPED, "unmapped", "nothing mapped there", VMALOCK_BY_NOBODY) \
	/* vm_lock_seq == mm_lock_seq */ \
	X(VMALOCK_ABORT_WRITE_LOCKED, "write_locked", "write-locked", VMALOCK_BY_OWNER) \
	/* a writer is draining the readers */ \
	X(VMALOCK_ABORT_READERS_EXCLUDED, "readers_excluded", "readers excluded", \
	  VMALOCK_BY_OWNER) \
	/* the range no longer covers it */ \
	X(VMALOCK_ABORT_MOVED, "moved", "range moved", VMALOCK_BY_SOME_WRITER) \
	/* unlinked from the tree */ \
	X(VMALOCK_ABORT_DETACHED, "detached", "detached", VMALOCK_BY_SOME_WRITER) \
	/* the VMA was reused by another mm */ \
	X(VMALOCK_ABORT_OTHER_MM, "other_mm", "reused by another mm", VMALOCK_BY_NOBODY) \
	/* the reader count is at its limit */ \
	X(VMALOCK_ABORT_SATURATED, "saturated", "reader count saturated", VMALOCK_BY_NOBODY) \
	/* lockable again when we looked */ \
	X(VMALOCK_ABORT_GONE, "gone", "gone when we looked", VMALOCK_BY_SOME_WRITER) \
	/* the tree changed under our walk */ \
	X(VMALOCK_ABORT_UNREADABLE, "unreadable", "tree changed as we looked", \
	  VMALOCK_BY_SOME_WRITER)

enum vmalock_abort_reason {
	VMALOCK_ABORT_REASONS(VMALOCK_ENUMERATOR)
	VMALOCK_ABORT_REASON_NR,
};

#endif /* VMALOCK_UAPI_ABORTS_H */
