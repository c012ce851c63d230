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

DEFINE_FREE(vma_end_read, struct vm_area_struct *,
	    if (!IS_ERR_OR_NULL(_T)) vma_end_read(_T))

/* The VMA may be NULL: nothing is mapped there. */
DEFINE_CLASS(vma_read_lock, struct vm_area_struct *,
	     if (!IS_ERR_OR_NULL(_T)) vma_end_read(_T),
	     vma_start_read_unlocked(mm, address),
	     struct mm_struct *mm, unsigned long address)

/* And ERR_PTR(-EINTR) here. */
DEFINE_CLASS(vma_read_lock_killable, struct vm_area_struct *,
	     if (!IS_ERR_OR_NULL(_T)) vma_end_read(_T),
	     vma_start_read_unlocked_killable(mm, address),
	     struct mm_struct *mm, unsigned long address)

/* For contexts that must not wait: NULL also if a writer is about. */
DEFINE_CLASS(vma_read_trylock, struct vm_area_struct *,
	     if (!IS_ERR_OR_NULL(_T)) vma_end_read(_T),
	     lock_vma_under_rcu(mm, address),
	     struct mm_struct *mm, unsigned long address)

#endif /* linux/cleanup.h */

#endif /* VMALOCK_GUARDS_H */
