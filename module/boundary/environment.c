// SPDX-License-Identifier: GPL-2.0-only
/*
 * environment.c - the kernel's side of core/environment.hh, one line each.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/maple_tree.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

#include "boundary/environment.h"

#if defined(VMALOCK_RWSEM) || defined(VMALOCK_REBUILT)

void vmalock_env_rcu_read_lock(void)
	__acquires(RCU)
{
	rcu_read_lock();
}

void vmalock_env_rcu_read_unlock(void)
	__releases(RCU)
{
	rcu_read_unlock();
}

struct vm_area_struct *vmalock_env_mas_walk(struct mm_struct *mm,
					    unsigned long address)
{
	MA_STATE(mas, &mm->mm_mt, address, address);

	return mas_walk(&mas);
}

bool vmalock_env_vma_covers(struct vm_area_struct *vma, unsigned long address)
{
	return address >= vma->vm_start && address < vma->vm_end;
}

#endif

#if defined(VMALOCK_RWSEM)

bool vmalock_env_vma_start_read(struct vm_area_struct *vma)
{
	return vma_start_read(vma);
}

bool vmalock_env_vma_is_detached(struct vm_area_struct *vma)
{
	return vma->detached;
}

/*
 * What vma_start_read() does would do too, but may fail for a sequence number
 * that wrapped. A writer write-locks a VMA only under mmap_lock, which we
 * hold, so the semaphore is free of writers and this never fails. down_read()
 * would not wait either, but may not be called where one must not sleep.
 */
bool vmalock_env_vma_start_read_locked(struct vm_area_struct *vma)
{
	mmap_assert_locked(vma->vm_mm);
	return down_read_trylock(&vma->vm_lock->lock);
}

void vmalock_env_vma_end_read(struct vm_area_struct *vma)
{
	vma_end_read(vma);
}

#elif defined(VMALOCK_REFCOUNT)

#ifdef VMALOCK_REBUILT

/* The bit that keeps readers out lies above it. Renamed in 7.0. */
#ifndef VM_REFCNT_LIMIT
#define VM_REFCNT_LIMIT VMA_REF_LIMIT
#endif

/* Pairs with the release in vma_end_write_all(). */
bool vmalock_env_vma_is_write_locked(struct mm_struct *mm,
				     struct vm_area_struct *vma)
{
	return READ_ONCE(vma->vm_lock_seq) == raw_read_seqcount(&mm->mm_lock_seq);
}

bool vmalock_env_take_reference(struct vm_area_struct *vma, int *before)
{
	if (!__refcount_inc_not_zero_limited_acquire(&vma->vm_refcnt, before,
						     VM_REFCNT_LIMIT))
		return false;
	rwsem_acquire_read(&vma->vmlock_dep_map, 0, 1, _RET_IP_);
	return true;
}

struct mm_struct *vmalock_env_mm_of(struct vm_area_struct *vma)
{
	return vma->vm_mm;
}

struct mm_struct *vmalock_env_grab_mm_of(struct vm_area_struct *vma)
{
	mmgrab(vma->vm_mm);
	return vma->vm_mm;
}

void vmalock_env_drop_mm(struct mm_struct *mm)
{
	mmdrop(mm);
}

#else

struct vm_area_struct *vmalock_env_lock_vma_under_rcu(struct mm_struct *mm,
						      unsigned long address)
{
	return lock_vma_under_rcu(mm, address);
}

#endif

bool vmalock_env_vma_start_read_locked(struct vm_area_struct *vma)
{
	return vma_start_read_locked(vma);
}

void vmalock_env_vma_end_read(struct vm_area_struct *vma)
{
	vma_end_read(vma);
}

#else /* no per-VMA locks: mmap_lock, held for read, is the lock of a VMA */

struct vm_area_struct *vmalock_env_lock_vma_under_rcu(struct mm_struct *mm,
						      unsigned long address)
{
	struct vm_area_struct *vma;

	if (!mmap_read_trylock(mm))
		return NULL;
	vma = vma_lookup(mm, address);
	if (!vma)
		mmap_read_unlock(mm);
	return vma;
}

bool vmalock_env_vma_start_read_locked(struct vm_area_struct *vma)
{
	mmap_assert_locked(vma->vm_mm);
	return true;
}

void vmalock_env_vma_end_read(struct vm_area_struct *vma)
{
	mmap_read_unlock(vma->vm_mm);
}

#endif

void vmalock_env_mmap_read_lock(struct mm_struct *mm)
{
	mmap_read_lock(mm);
}

bool vmalock_env_mmap_read_lock_killable(struct mm_struct *mm)
{
	return mmap_read_lock_killable(mm) == 0;
}

bool vmalock_env_mmap_read_trylock(struct mm_struct *mm)
{
	return mmap_read_trylock(mm);
}

struct mm_struct *vmalock_env_mm(struct vm_area_struct *vma)
{
	return vma->vm_mm;
}

unsigned long vmalock_env_start(struct vm_area_struct *vma)
{
	return vma->vm_start;
}

void vmalock_env_mmap_read_unlock(struct mm_struct *mm)
{
	mmap_read_unlock(mm);
}

struct vm_area_struct *vmalock_env_vma_lookup(struct mm_struct *mm,
					      unsigned long address)
{
	return vma_lookup(mm, address);
}

struct vm_area_struct *
vmalock_env_find_vma_intersection(struct mm_struct *mm, unsigned long address,
				  unsigned long end)
{
	return find_vma_intersection(mm, address, end);
}

/* By the tree's own bounds: the VMA may be changing, or be no more. */
unsigned long vmalock_env_next_mapped(struct mm_struct *mm, unsigned long address,
				      unsigned long end)
{
	MA_STATE(mas, &mm->mm_mt, address, address);
	unsigned long found = end;

	rcu_read_lock();
	if (mas_find(&mas, end - 1))
		found = max(address, mas.index);
	rcu_read_unlock();
	return found;
}

/*
 * The kernel's own of these names came later than the sequence count, which is odd
 * while a writer has mmap_lock. Before there was one, a writer was counted at its end.
 */
bool vmalock_env_mmap_lock_speculate_try_begin(struct mm_struct *mm,
					       unsigned int *sequence)
{
#if VMALOCK_HAVE_MM_LOCK_SEQCOUNT
	*sequence = raw_read_seqcount(&mm->mm_lock_seq);
	return !(*sequence & 1);
#else
	return false;
#endif
}

bool vmalock_env_mmap_lock_speculate_retry(struct mm_struct *mm,
					   unsigned int sequence)
{
#if VMALOCK_HAVE_MM_LOCK_SEQCOUNT
	return read_seqcount_retry(&mm->mm_lock_seq, sequence);
#else
	return true;
#endif
}

struct vm_area_struct *vmalock_env_err_ptr_eintr(void)
{
	return ERR_PTR(-EINTR);
}

vmalock_u64 vmalock_env_now(void)
{
	return ktime_get_ns();
}

const char *vmalock_env_module_name(const struct module *module)
{
	return module ? module->name : "vmlinux";
}

const void *vmalock_env_current(void)
{
	return current;
}

void vmalock_env_describe(struct vm_area_struct *vma, struct vmalock_owner *owner)
{
	owner->task = current;
	owner->vma = vma;
	owner->since_ns = ktime_get_ns();
	owner->vm_start = vma->vm_start;
	owner->vm_end = vma->vm_end;
	owner->pid = task_pid_nr(current);
	strscpy(owner->comm, current->comm, sizeof(owner->comm));
}
