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
 * Each lock is a conditional guard. With these two, what was not locked cannot be
 * overlooked; guard(), and scoped_guard() before 6.7, go on without a lock:
 *
 *	scoped_cond_guard(vma_read_lock, return -EFAULT, mm, address) {
 *		...	scope is the VMA; for one that is NULL or an error pointer
 *			the return comes in place of this
 *	}
 *
 *	ACQUIRE(vma_read_lock_killable, vma)(mm, address);
 *	error = ACQUIRE_ERR(vma_read_lock_killable, &vma);
 *	if (error)	-EINTR; -EFAULT if nothing is mapped there; of the
 *		return error;	trylock -EBUSY, which may mean either
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
#define class_vma_read_lock_is_conditional class_vmalock_read_lock_is_conditional
#define class_vma_read_lock_lock_ptr class_vmalock_read_lock_lock_ptr
#define class_vma_read_lock_lock_err class_vmalock_read_lock_lock_err
#define lock_vma_read_lock_killable_t lock_vmalock_read_lock_killable_t
#define class_vma_read_lock_killable_t class_vmalock_read_lock_killable_t
#define class_vma_read_lock_killable_constructor class_vmalock_read_lock_killable_constructor
#define class_vma_read_lock_killable_destructor class_vmalock_read_lock_killable_destructor
#define class_vma_read_lock_killable_is_conditional class_vmalock_read_lock_killable_is_conditional
#define class_vma_read_lock_killable_lock_ptr class_vmalock_read_lock_killable_lock_ptr
#define class_vma_read_lock_killable_lock_err class_vmalock_read_lock_killable_lock_err
#define lock_vma_read_trylock_t lock_vmalock_read_trylock_t
#define class_vma_read_trylock_t class_vmalock_read_trylock_t
#define class_vma_read_trylock_constructor class_vmalock_read_trylock_constructor
#define class_vma_read_trylock_destructor class_vmalock_read_trylock_destructor
#define class_vma_read_trylock_is_conditional class_vmalock_read_trylock_is_conditional
#define class_vma_read_trylock_lock_ptr class_vmalock_read_trylock_lock_ptr
#define class_vma_read_trylock_lock_err class_vmalock_read_trylock_lock_err
#endif

#if !VMALOCK_HAVE_FREE_VMA_END_READ || !defined(VMALOCK_STEPS_ASIDE)
DEFINE_FREE(vma_end_read, struct vm_area_struct *,
	    if (!IS_ERR_OR_NULL(_T)) vma_end_read(_T))
#endif

/* What ACQUIRE() and scoped_cond_guard() ask; @nothing is the errno of a NULL. */
#define VMALOCK_CONDITIONAL(name, nothing) \
	static __maybe_unused const bool class_##name##_is_conditional = true; \
	static inline void *class_##name##_lock_ptr(class_##name##_t *vma) \
	{ \
		return IS_ERR(*vma) ? NULL : *vma; \
	} \
	static inline int class_##name##_lock_err(class_##name##_t *vma) \
	{ \
		return *vma ? PTR_ERR_OR_ZERO(*vma) : -(nothing); \
	}

/* The VMA may be NULL: nothing is mapped there. */
#if !VMALOCK_HAVE_CLASS_VMA_READ_LOCK || !defined(VMALOCK_STEPS_ASIDE)
DEFINE_CLASS(vma_read_lock, struct vm_area_struct *,
	     if (!IS_ERR_OR_NULL(_T)) vma_end_read(_T),
	     vma_start_read_unlocked(mm, address),
	     struct mm_struct *mm, unsigned long address)
VMALOCK_CONDITIONAL(vma_read_lock, EFAULT)
#endif

/* And ERR_PTR(-EINTR) here. */
#if !VMALOCK_HAVE_CLASS_VMA_READ_LOCK_KILLABLE || !defined(VMALOCK_STEPS_ASIDE)
DEFINE_CLASS(vma_read_lock_killable, struct vm_area_struct *,
	     if (!IS_ERR_OR_NULL(_T)) vma_end_read(_T),
	     vma_start_read_unlocked_killable(mm, address),
	     struct mm_struct *mm, unsigned long address)
VMALOCK_CONDITIONAL(vma_read_lock_killable, EFAULT)
#endif

/* For contexts that must not wait: NULL also if a writer is about. */
#if !VMALOCK_HAVE_CLASS_VMA_READ_TRYLOCK || !defined(VMALOCK_STEPS_ASIDE)
DEFINE_CLASS(vma_read_trylock, struct vm_area_struct *,
	     if (!IS_ERR_OR_NULL(_T)) vma_end_read(_T),
	     lock_vma_under_rcu(mm, address),
	     struct mm_struct *mm, unsigned long address)
VMALOCK_CONDITIONAL(vma_read_trylock, EBUSY)
#endif

/* The kernel's since 6.17. Macros: the preprocessor sees whether it has them. */
#ifndef ACQUIRE
#define ACQUIRE(name, variable) CLASS(name, variable)
#define ACQUIRE_ERR(name, variable) class_##name##_lock_err(variable)
#endif

#endif /* linux/cleanup.h */

#endif /* VMALOCK_GUARDS_H */
