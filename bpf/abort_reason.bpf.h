/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * abort_reason.bpf.h - why did lock_vma_under_rcu() just return NULL?
 *
 * The kernel does not say, so we look at what it looked at, in the order it
 * did, a moment later. The state that made it fail may have passed by then:
 * a VMA that could be locked now is answered GONE, never guessed at.
 */
#ifndef VMALOCK_ABORT_REASON_BPF_H
#define VMALOCK_ABORT_REASON_BPF_H

#include "kernel_types.h"
#include "maple_tree.bpf.h"
#include "vma.bpf.h"
#include "uapi/aborts.h"

/*
 * kernel/locking/rwsem.c: RWSEM_READ_FAILED_MASK, any of which makes
 * down_read_trylock() fail: a writer holds it, waits for it, is promised it.
 */
#define RWSEM_READ_FAILED	(1UL << 0 | 1UL << 1 | 1UL << 2 | 1UL << 63)

static __always_inline unsigned int mm_lock_seq(struct mm_struct *mm)
{
	if (bpf_core_field_exists(mm->mm_lock_seq.sequence))
		return BPF_CORE_READ(mm, mm_lock_seq.sequence);
	return BPF_CORE_READ((struct mm_struct___int *)mm, mm_lock_seq);
}

/* The lock word, for the two kinds of lock; GONE if it hides no reason. */
static __always_inline enum vmalock_abort_reason
lock_word_reason(struct vm_area_struct *vma)
{
	struct vm_area_struct___rwsem *old = (void *)vma;

	if (bpf_core_field_exists(vma->vm_refcnt)) {
		unsigned int refcnt = BPF_CORE_READ(vma, vm_refcnt.refs.counter);

		if (refcnt == 0)
			return VMALOCK_ABORT_DETACHED;
		if (refcnt & REFCNT_EXCLUDE_READERS)
			return VMALOCK_ABORT_READERS_EXCLUDED;
		if (refcnt >= REFCNT_LIMIT)
			return VMALOCK_ABORT_SATURATED;
		return VMALOCK_ABORT_GONE;
	}

	if (BPF_CORE_READ(old, detached))
		return VMALOCK_ABORT_DETACHED;
	/* On PREEMPT_RT the semaphore is another one and shows no such bit. */
	if (bpf_core_field_exists(old->vm_lock->lock.count) &&
	    (BPF_CORE_READ(old, vm_lock, lock.count.counter) & RWSEM_READ_FAILED))
		return VMALOCK_ABORT_READERS_EXCLUDED;
	return VMALOCK_ABORT_GONE;
}

/*
 * What the VMA at @vma_at says of its lock, an enum vmalock_abort_reason, and in @mm
 * whose it is: of another mm it says nothing. Not static, see maple_find().
 */
__noinline int vma_reason(__u64 vma_at, __u64 address, __u64 *mm)
{
	struct vm_area_struct *vma = (struct vm_area_struct *)vma_at;
	enum vmalock_abort_reason reason;

	if (!mm)
		return VMALOCK_ABORT_UNREADABLE;
	*mm = (__u64)BPF_CORE_READ(vma, vm_mm);
	if (BPF_CORE_READ(vma, vm_lock_seq) == mm_lock_seq((struct mm_struct *)*mm))
		return VMALOCK_ABORT_WRITE_LOCKED;

	reason = lock_word_reason(vma);
	if (reason != VMALOCK_ABORT_GONE)
		return reason;
	if (address < BPF_CORE_READ(vma, vm_start) ||
	    address >= BPF_CORE_READ(vma, vm_end))
		return VMALOCK_ABORT_MOVED;
	return VMALOCK_ABORT_GONE;
}

static __always_inline bool find_vma(struct mm_struct *mm, unsigned long address, __u64 *vma)
{
	return maple_find((__u64)BPF_CORE_READ(mm, mm_mt.ma_root), address, vma);
}

/* Also stores in @found the VMA that was looked at, NULL if there was none. */
static __always_inline enum vmalock_abort_reason
abort_reason(struct mm_struct *mm, unsigned long address, struct vm_area_struct **found)
{
	enum vmalock_abort_reason reason;
	__u64 vma = 0, its_mm = 0;

	*found = NULL;
	if (!mm)
		return VMALOCK_ABORT_UNREADABLE;
	/* A node that was replaced under the walk has a successor: once more. */
	if (!find_vma(mm, address, &vma) && !find_vma(mm, address, &vma))
		return VMALOCK_ABORT_UNREADABLE;
	*found = (struct vm_area_struct *)vma;
	if (!vma)
		return VMALOCK_ABORT_UNMAPPED;
	reason = vma_reason(vma, address, &its_mm);
	return its_mm == (__u64)mm ? reason : VMALOCK_ABORT_OTHER_MM;
}

#endif /* VMALOCK_ABORT_REASON_BPF_H */
