/* SPDX-License-Identifier: GPL-2.0-only */
/* times.h - what is timed. */
#ifndef VMALOCK_UAPI_TIMES_H
#define VMALOCK_UAPI_TIMES_H

/* What is timed of a process: its mmap_lock, and its faults by their path. */
enum vmalock_time {
	VMALOCK_MMAP_WRITE_HELD,	/* any mm's, by threads of the process */
	VMALOCK_MMAP_READ_FAULT,	/* blocked on its own, in a page fault */
	VMALOCK_MMAP_READ_OTHER,
	VMALOCK_MMAP_WRITE_FAULT,	/* a stack that must grow */
	VMALOCK_MMAP_WRITE_OTHER,
	VMALOCK_FAULT_VMA_LOCK,		/* under the VMA lock, to the end */
	VMALOCK_FAULT_RETRIED,		/* from there, and again with mmap_lock */
	VMALOCK_FAULT_ABORTED,		/* refused the VMA lock, then with mmap_lock */
	VMALOCK_FAULT_BYPASSED,		/* with mmap_lock from the start */
	VMALOCK_TIME_NR,
};

#define VMALOCK_FIRST_FAULT_TIME VMALOCK_FAULT_VMA_LOCK

#endif /* VMALOCK_UAPI_TIMES_H */
