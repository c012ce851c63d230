/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalock/assertions.h - say what a function expects of a VMA's lock.
 *
 * Upstream's names where the kernel lacks them, and vmalock_assert_*() on every
 * kernel. A kernel built without CONFIG_DEBUG_VM checks nothing in its own;
 * these check always, and cost a call. They warn once each, and only when they
 * are sure. With lockdep they are exact. Without it they notice only a lock that
 * nobody holds. With the module parameter track_owner=1 they also know the holder
 * of each lock that was taken through vmalock, so another task's lock does not
 * pass for the caller's own.
 *
 * Each is a function of its argument, which is evaluated once: nothing that a
 * program relies on may happen in an assertion, and here it could not be lost.
 *
 * Context: any; they take no lock and do not sleep.
 */
#ifndef VMALOCK_ASSERTIONS_H
#define VMALOCK_ASSERTIONS_H

#include <linux/bug.h>
#include <linux/mm_types.h>

#include <vmalock/features.h>
#include <vmalock/verdict.h>

/* How sure an answer is. */
enum vmalock_verdict vmalock_vma_locked(struct vm_area_struct *vma);
enum vmalock_verdict vmalock_vma_write_locked(struct vm_area_struct *vma);
enum vmalock_verdict vmalock_vma_stabilised(struct vm_area_struct *vma);
enum vmalock_verdict vmalock_vma_attached(struct vm_area_struct *vma);

/**
 * vmalock_assert_locked() - the caller has locked the VMA for read or write
 * @vma: the VMA
 */
static inline void vmalock_assert_locked(struct vm_area_struct *vma)
{
	bool wrong = vmalock_vma_locked(vma) == VMALOCK_NO;

	WARN_ONCE(wrong, "vmalock: the caller has not locked this VMA\n");
}

/**
 * vmalock_assert_write_locked() - the caller has locked the VMA for write
 * @vma: the VMA
 */
static inline void vmalock_assert_write_locked(struct vm_area_struct *vma)
{
	bool wrong = vmalock_vma_write_locked(vma) == VMALOCK_NO;

	WARN_ONCE(wrong, "vmalock: the caller has not write-locked this VMA\n");
}

/**
 * vmalock_assert_stabilised() - the VMA cannot change under the caller
 * @vma: the VMA
 *
 * By a lock on it or by mmap_lock, for read or write.
 */
static inline void vmalock_assert_stabilised(struct vm_area_struct *vma)
{
	bool wrong = vmalock_vma_stabilised(vma) == VMALOCK_NO;

	WARN_ONCE(wrong, "vmalock: nothing keeps this VMA from changing\n");
}

/**
 * vmalock_assert_attached() - the VMA is in its mm's tree
 * @vma: the VMA, stabilised, or the answer may be stale
 */
static inline void vmalock_assert_attached(struct vm_area_struct *vma)
{
	bool wrong = vmalock_vma_attached(vma) != VMALOCK_YES;

	WARN_ONCE(wrong, "vmalock: this VMA is detached\n");
}

/**
 * vmalock_assert_detached() - the VMA is not in its mm's tree
 * @vma: the VMA, stabilised, or the answer may be stale. A kernel without
 * per-VMA locks does not know, and there nothing is said.
 */
static inline void vmalock_assert_detached(struct vm_area_struct *vma)
{
	bool wrong = vmalock_vma_attached(vma) == VMALOCK_YES &&
		     !IS_ENABLED(VMALOCK_NONE);

	WARN_ONCE(wrong, "vmalock: this VMA is attached\n");
}

#if !VMALOCK_HAVE_VMA_ASSERT_LOCKED
#define vma_assert_locked(vma) vmalock_assert_locked(vma)
#endif
#if !VMALOCK_HAVE_VMA_ASSERT_WRITE_LOCKED
#define vma_assert_write_locked(vma) vmalock_assert_write_locked(vma)
#endif
#if !VMALOCK_HAVE_VMA_ASSERT_STABILISED
#define vma_assert_stabilised(vma) vmalock_assert_stabilised(vma)
#endif
#if !VMALOCK_HAVE_VMA_ASSERT_ATTACHED
#define vma_assert_attached(vma) vmalock_assert_attached(vma)
#endif
#if !VMALOCK_HAVE_VMA_ASSERT_DETACHED
#define vma_assert_detached(vma) vmalock_assert_detached(vma)
#endif

#endif /* VMALOCK_ASSERTIONS_H */
