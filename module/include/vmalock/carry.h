/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalock/carry.h - the calls of vmalock/vma_lock.h, without vmalock.ko.
 *
 * For drivers that shall build and run where vmalock is not installed. `make
 * carry-header` makes one file of this one and what it includes, vmalock/vma_lock.h, for
 * a driver to carry. Its source is the same with either: which is taken is up to -I.
 *
 * A VMA is locked by mmap_lock, held for read until vma_end_read(), as vmalock does on
 * kernels without per-VMA locks. The contract is the same, and a driver that keeps it is
 * correct. But all writers of the process wait for the holder, not only those of the VMA.
 *
 * With VMALOCK_CARRY_VMA_LOCK defined it is the VMA's own lock, on kernels that let
 * modules call lock_vma_under_rcu() (7.0 and newer). The preprocessor sees no functions,
 * so the driver's Kbuild has to look; module/carried/Kbuild shows it.
 *
 * Nothing is counted, traced or remembered, so assertions notice only a lock that nobody
 * holds.
 */
#ifndef VMALOCK_VMA_LOCK_H
#define VMALOCK_VMA_LOCK_H

#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>

/* In place of what a build of vmalock finds out by probes. */
#ifdef DEFINE_CLASS
#define VMALOCK_HAVE_CLEANUP 1
#else
#define VMALOCK_HAVE_CLEANUP 0
#endif
#define VMALOCK_HAVE_FREE_VMA_END_READ 0
#define VMALOCK_HAVE_CLASS_VMA_READ_LOCK 0
#define VMALOCK_HAVE_CLASS_VMA_READ_LOCK_KILLABLE 0
#define VMALOCK_HAVE_CLASS_VMA_READ_TRYLOCK 0
#define VMALOCK_HAVE_VMA_ASSERT_LOCKED 0
#define VMALOCK_HAVE_VMA_ASSERT_WRITE_LOCKED 0
#define VMALOCK_HAVE_VMA_ASSERT_STABILISED 0
#define VMALOCK_HAVE_VMA_ASSERT_ATTACHED 0
#define VMALOCK_HAVE_VMA_ASSERT_DETACHED 0

#ifdef VMALOCK_CARRY_VMA_LOCK

/* Lock what was found under mmap_lock, and release that. */
static inline struct vm_area_struct *
vmalock_carry_keep(struct mm_struct *mm, struct vm_area_struct *vma)
{
	if (vma && !vma_start_read_locked(vma))
		vma = NULL;
	mmap_read_unlock(mm);
	return vma;
}

static inline bool vmalock_carry_is_locked(struct vm_area_struct *vma)
{
	return refcount_read(&vma->vm_refcnt) > 1;
}

#else /* mmap_lock is the lock of each VMA */

#define VMALOCK_NONE 1

static inline struct vm_area_struct *
vmalock_carry_keep(struct mm_struct *mm, struct vm_area_struct *vma)
{
	if (!vma)
		mmap_read_unlock(mm);
	return vma;
}

static inline struct vm_area_struct * __must_check
vmalock_carry_trylock(struct mm_struct *mm, unsigned long address)
{
	if (!mmap_read_trylock(mm))
		return NULL;
	return vmalock_carry_keep(mm, find_vma_intersection(mm, address, address + 1));
}

#define lock_vma_under_rcu(mm, address) vmalock_carry_trylock(mm, address)

static inline bool __must_check
vmalock_carry_start_read_locked(struct vm_area_struct *vma)
{
	mmap_assert_locked(vma->vm_mm);
	return mmap_read_trylock(vma->vm_mm);
}

#define vma_start_read_locked(vma) vmalock_carry_start_read_locked(vma)

static inline void vmalock_carry_end_read(struct vm_area_struct *vma)
{
	mmap_read_unlock(vma->vm_mm);
}

#define vma_end_read(vma) vmalock_carry_end_read(vma)

static inline bool vmalock_carry_is_locked(struct vm_area_struct *vma)
{
	return false;	/* but for mmap_lock */
}

#endif

static inline struct vm_area_struct * __must_check
vma_start_read_next(struct mm_struct *mm, unsigned long address, unsigned long end)
{
	might_sleep();
	if (address >= end)
		return NULL;
	mmap_read_lock(mm);
	return vmalock_carry_keep(mm, find_vma_intersection(mm, address, end));
}

static inline struct vm_area_struct * __must_check
vma_start_read_next_killable(struct mm_struct *mm, unsigned long address,
			     unsigned long end)
{
	might_sleep();
	if (address >= end)
		return NULL;
	if (mmap_read_lock_killable(mm))
		return ERR_PTR(-EINTR);
	return vmalock_carry_keep(mm, find_vma_intersection(mm, address, end));
}

static inline struct vm_area_struct * __must_check
vmalock_carry_wait(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	might_sleep();
	might_lock_read(&mm->mmap_lock);
	vma = lock_vma_under_rcu(mm, address);
	return vma ?: vma_start_read_next(mm, address, address + 1);
}

#define vma_start_read_unlocked(mm, address) vmalock_carry_wait(mm, address)
#define lock_vma_under_rcu_wait(mm, address) vmalock_carry_wait(mm, address)

static inline struct vm_area_struct * __must_check
vmalock_carry_wait_killable(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	might_sleep();
	might_lock_read(&mm->mmap_lock);
	vma = lock_vma_under_rcu(mm, address);
	return vma ?: vma_start_read_next_killable(mm, address, address + 1);
}

#define vma_start_read_unlocked_killable(mm, address) \
	vmalock_carry_wait_killable(mm, address)

static inline bool vmalock_holds_mmap_lock(void)
{
	return IS_ENABLED(VMALOCK_NONE);
}

#include <vmalock/verdict.h>

static inline enum vmalock_verdict vmalock_vma_locked(struct vm_area_struct *vma)
{
	if (vmalock_carry_is_locked(vma) || rwsem_is_locked(&vma->vm_mm->mmap_lock))
		return VMALOCK_UNKNOWN;
	return VMALOCK_NO;
}

static inline enum vmalock_verdict
vmalock_vma_write_locked(struct vm_area_struct *vma)
{
	return rwsem_is_locked(&vma->vm_mm->mmap_lock) ? VMALOCK_UNKNOWN : VMALOCK_NO;
}

static inline enum vmalock_verdict
vmalock_vma_stabilised(struct vm_area_struct *vma)
{
	return vmalock_vma_locked(vma);
}

static inline enum vmalock_verdict vmalock_vma_attached(struct vm_area_struct *vma)
{
#ifdef VMALOCK_CARRY_VMA_LOCK
	return refcount_read(&vma->vm_refcnt) ? VMALOCK_YES : VMALOCK_NO;
#else
	return VMALOCK_YES;
#endif
}

#include <vmalock/assertions.h>
#include <vmalock/guards.h>

#endif /* VMALOCK_VMA_LOCK_H */
