/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reasons.h - requests of reasons.cc to reasons.bpf.c, and the answers.
 */
#ifndef REASONS_H
#define REASONS_H

#define REASONS_WORLD_SIZE 16384

/* Where this kernel keeps the fields that abort_reason() reads. */
struct reasons_layout {
	__UINT64_TYPE__ world;			/* its address in the kernel */
	__UINT32_TYPE__ ma_root, mm_lock_seq;
	__UINT32_TYPE__ vm_start, vm_end, vm_mm, vm_lock_seq;
	__UINT32_TYPE__ has_refcnt;		/* the lock: a reference count, */
	__UINT32_TYPE__ vm_refcnt;
	__UINT32_TYPE__ detached, vm_lock;	/* or a semaphore, */
	__UINT32_TYPE__ has_count, count;	/* which shows a count or not */
	__UINT32_TYPE__ parent, range_pivot, range_slot;
	__UINT32_TYPE__ arange_pivot, arange_slot;
};

struct reasons_question {
	__UINT64_TYPE__ mm, address;
};

#endif /* REASONS_H */
