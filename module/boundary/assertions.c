// SPDX-License-Identifier: GPL-2.0-only
/*
 * assertions.c - the kernel's side of core/assertions.hh: what can be known
 * about the locks of a VMA, from the task that asserts something about them.
 */
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/rwsem.h>
#include <linux/sched.h>

#include "boundary/environment.h"

#ifdef CONFIG_LOCKDEP
/* Lockdep knows nothing once it has reported something and turned itself off. */
static enum vmalock_verdict lockdep_says(const struct lockdep_map *map)
{
	int state = lock_is_held(map);

	if (state == LOCK_STATE_UNKNOWN)
		return VMALOCK_UNKNOWN;
	return state == LOCK_STATE_HELD ? VMALOCK_YES : VMALOCK_NO;
}

enum vmalock_verdict vmalock_env_lockdep_holds_mmap(struct vm_area_struct *vma)
{
	return lockdep_says(&vma->vm_mm->mmap_lock.dep_map);
}

enum vmalock_verdict vmalock_env_lockdep_holds_vma(struct vm_area_struct *vma)
{
#if defined(VMALOCK_RWSEM)
	return lockdep_says(&vma->vm_lock->lock.dep_map);
#elif defined(VMALOCK_REFCOUNT)
	return lockdep_says(&vma->vmlock_dep_map);
#else
	return vmalock_env_lockdep_holds_mmap(vma);
#endif
}

#else /* !CONFIG_LOCKDEP */

enum vmalock_verdict vmalock_env_lockdep_holds_mmap(struct vm_area_struct *vma)
{
	return VMALOCK_UNKNOWN;
}

enum vmalock_verdict vmalock_env_lockdep_holds_vma(struct vm_area_struct *vma)
{
	return VMALOCK_UNKNOWN;
}

#endif

/*
 * A semaphore that is held for write names its owner, and the owner's name
 * cannot change while the owner looks. The low bits are flags.
 */
bool vmalock_env_writes_mmap(struct vm_area_struct *vma)
{
	struct rw_semaphore *lock = &vma->vm_mm->mmap_lock;
#ifdef CONFIG_PREEMPT_RT
	unsigned long owner = (unsigned long)READ_ONCE(lock->rwbase.rtmutex.owner);

	return (owner & ~1UL) == (unsigned long)current;
#else
	unsigned long owner = atomic_long_read(&lock->owner);

	return !(owner & 1) && (owner & ~7UL) == (unsigned long)current;
#endif
}

bool vmalock_env_mmap_is_locked(struct vm_area_struct *vma)
{
	return rwsem_is_locked(&vma->vm_mm->mmap_lock);
}

bool vmalock_env_is_write_locked(struct vm_area_struct *vma)
{
#ifdef VMALOCK_NONE
	return true;	/* mmap_lock is held for write, and there is no other */
#elif VMALOCK_HAVE_MM_LOCK_SEQCOUNT
	return vma->vm_lock_seq == vma->vm_mm->mm_lock_seq.sequence;
#else
	return vma->vm_lock_seq == READ_ONCE(vma->vm_mm->mm_lock_seq);
#endif
}

#ifdef VMALOCK_REFCOUNT
/* Renamed in 7.0: "mm/vma: rename VMA_LOCK_OFFSET". */
#ifndef VM_REFCNT_EXCLUDE_READERS_FLAG
#define VM_REFCNT_EXCLUDE_READERS_FLAG VMA_LOCK_OFFSET
#endif

/*
 * An attached VMA counts for one. With a writer draining the readers it cannot
 * be seen whether it still is attached: better a reader too many.
 */
long vmalock_env_readers(struct vm_area_struct *vma)
{
	unsigned int count = refcount_read(&vma->vm_refcnt);

	if (count & VM_REFCNT_EXCLUDE_READERS_FLAG)
		return count & ~VM_REFCNT_EXCLUDE_READERS_FLAG;
	return count ? count - 1 : 0;
}

bool vmalock_env_is_attached(struct vm_area_struct *vma)
{
	return refcount_read(&vma->vm_refcnt);
}

#elif defined(VMALOCK_RWSEM)

long vmalock_env_readers(struct vm_area_struct *vma)
{
	struct rw_semaphore *lock = &vma->vm_lock->lock;
#ifdef CONFIG_PREEMPT_RT
	/* Two bits are for "writer" and "no writer", the rest are readers. */
	return atomic_read(&lock->rwbase.readers) & 0x3fffffff;
#else
	/* The low eight bits are flags. */
	return atomic_long_read(&lock->count) >> 8 & 0x3fffffff;
#endif
}

bool vmalock_env_is_attached(struct vm_area_struct *vma)
{
	return !vma->detached;
}

#else

long vmalock_env_readers(struct vm_area_struct *vma)
{
	return -1;	/* those of mmap_lock, for whatever VMA */
}

bool vmalock_env_is_attached(struct vm_area_struct *vma)
{
	return true;
}
#endif
