/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalock/guards.h - locks that release themselves, for C. The C++ guard is in
 * vmalock/vma_read_lock.hh.
 *
 *	CLASS(vma_read_lock, vma)(mm, address);
 *
 *	if (!vma)
 *		return -EFAULT;
 *	...		the lock ends with the scope, on every way out of it
 *
 * A pointer that shall outlive its scope is handed on by no_free_ptr():
 *
 *	struct vm_area_struct *vma __free(vma_end_read) =
 *		vma_start_read_unlocked(mm, address);
 *	...
 *	return no_free_ptr(vma);
 *
 * Kernels before 6.5 have no linux/cleanup.h, and there these do not exist.
 */
#ifndef VMALOCK_GUARDS_H
#define VMALOCK_GUARDS_H

#include <vmalock/features.h>

#if VMALOCK_HAVE_CLEANUP
#include <linux/cleanup.h>
#include <linux/err.h>

/*
 * Where the kernel's helper is used, so are the guards that the kernel has. Elsewhere
 * a guard of the kernel's would release past our books: there the words stand for ours.
 */
#ifndef VMALOCK_STEPS_ASIDE
#define __free_vma_end_read __free_vmalock_end_read
#define lock_vma_read_lock_t lock_vmalock_read_lock_t
#define class_vma_read_lock_t class_vmalock_read_lock_t
#define class_vma_read_lock_constructor class_vmalock_read_lock_constructor
#define class_vma_read_lock_destructor class_vmalock_read_lock_destructor
#define lock_vma_read_lock_killable_t lock_vmalock_read_lock_killable_t
#define class_vma_read_lock_killable_t class_vmalock_read_lock_killable_t
#define class_vma_read_lock_killable_constructor class_vmalock_read_lock_killable_constructor
#define class_vma_read_lock_killable_destructor class_vmalock_read_lock_killable_destructor
#define lock_vma_read_trylock_t lock_vmalock_read_trylock_t
#define class_vma_read_trylock_t class_vmalock_read_trylock_t
#define class_vma_read_trylock_constructor class_vmalock_read_trylock_constructor
#define class_vma_read_trylock_destructor class_vmalock_read_trylock_destructor
#endif

#if !VMALOCK_HAVE_FREE_VMA_END_READ || !defined(VMALOCK_STEPS_ASIDE)
DEFINE_FREE(vma_end_read, struct vm_area_struct *,
	    if (!IS_ERR_OR_NULL(_T)) vma_end_read(_T))
#endif

/* The VMA may be NULL: nothing is mapped there. */
#if !VMALOCK_HAVE_CLASS_VMA_READ_LOCK || !defined(VMALOCK_STEPS_ASIDE)
DEFINE_CLASS(vma_read_lock, struct vm_area_struct *,
	     if (!IS_ERR_OR_NULL(_T)) vma_end_read(_T),
	     vma_start_read_unlocked(mm, address),
	     struct mm_struct *mm, unsigned long address)
#endif

/* And ERR_PTR(-EINTR) here. */
#if !VMALOCK_HAVE_CLASS_VMA_READ_LOCK_KILLABLE || !defined(VMALOCK_STEPS_ASIDE)
DEFINE_CLASS(vma_read_lock_killable, struct vm_area_struct *,
	     if (!IS_ERR_OR_NULL(_T)) vma_end_read(_T),
	     vma_start_read_unlocked_killable(mm, address),
	     struct mm_struct *mm, unsigned long address)
#endif

/* For contexts that must not wait: NULL also if a writer is about. */
#if !VMALOCK_HAVE_CLASS_VMA_READ_TRYLOCK || !defined(VMALOCK_STEPS_ASIDE)
DEFINE_CLASS(vma_read_trylock, struct vm_area_struct *,
	     if (!IS_ERR_OR_NULL(_T)) vma_end_read(_T),
	     lock_vma_under_rcu(mm, address),
	     struct mm_struct *mm, unsigned long address)
#endif

#endif /* linux/cleanup.h */

#endif /* VMALOCK_GUARDS_H */
