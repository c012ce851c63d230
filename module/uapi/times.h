/* SPDX-License-Identifier: GPL-2.0-only */
/* times.h - what is timed. */
#ifndef VMALOCK_UAPI_TIMES_H
#define VMALOCK_UAPI_TIMES_H

#include "uapi/types.h"

/*
 * What is timed of a process: its mmap_lock, and its faults by their path.
 *
 * X(name, key, words)
 */
#define VMALOCK_TIMES(X) \
	/* any mm's, by threads of the process */ \
	X(VMALOCK_MMAP_WRITE_HELD, "write_held", "held for write") \
	/* blocked on one, in a page fault */ \
	X(VMALOCK_MMAP_READ_FAULT, "read_blocked_page_fault", "blocked to read, fault") \
	X(VMALOCK_MMAP_READ_OTHER, "read_blocked_other", "blocked to read, other") \
	/* a stack that must grow */ \
	X(VMALOCK_MMAP_WRITE_FAULT, "write_blocked_page_fault", "blocked to write, fault") \
	X(VMALOCK_MMAP_WRITE_OTHER, "write_blocked_other", "blocked to write, other") \
	/* under the VMA lock, to the end */ \
	X(VMALOCK_FAULT_VMA_LOCK, "vma_lock", "under the VMA lock") \
	/* from there, and again with mmap_lock */ \
	X(VMALOCK_FAULT_RETRIED, "retried", "came back, mmap_lock") \
	/* refused the VMA lock, then with mmap_lock */ \
	X(VMALOCK_FAULT_ABORTED, "aborted", "refused, mmap_lock") \
	/* with mmap_lock from the start */ \
	X(VMALOCK_FAULT_BYPASSED, "bypassed", "never tried, mmap_lock")

enum vmalock_time {
	VMALOCK_TIMES(VMALOCK_ENUMERATOR)
	VMALOCK_TIME_NR,
};

#define VMALOCK_FIRST_FAULT_TIME VMALOCK_FAULT_VMA_LOCK

#endif /* VMALOCK_UAPI_TIMES_H */
