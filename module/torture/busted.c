// SPDX-License-Identifier: GPL-2.0-only
/* busted.c - the kernel's side of busted.h. */
#include <linux/delay.h>
#include <linux/maple_tree.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include <vmalock/vma_lock.h>
#include "torture/busted.h"
#include "torture/region.h"

struct mm_struct *vmalock_torture_env_mm(const struct vmalock_torture_region *region)
{
	return region->mm;
}

struct vm_area_struct *
vmalock_torture_env_trylock(struct mm_struct *mm, unsigned long address)
{
	return lock_vma_under_rcu(mm, address);
}

void vmalock_torture_env_mmap_read_lock(struct mm_struct *mm)
{
	mmap_read_lock(mm);
}

bool vmalock_torture_env_mmap_read_lock_killable(struct mm_struct *mm)
{
	return !mmap_read_lock_killable(mm);
}

bool vmalock_torture_env_mmap_read_trylock(struct mm_struct *mm)
{
	return mmap_read_trylock(mm);
}

void vmalock_torture_env_mmap_read_unlock(struct mm_struct *mm)
{
	mmap_read_unlock(mm);
}

struct vm_area_struct *
vmalock_torture_env_vma_lookup(struct mm_struct *mm, unsigned long address)
{
	return vma_lookup(mm, address);
}

struct vm_area_struct *
vmalock_torture_env_find_vma(struct mm_struct *mm, unsigned long address)
{
	return find_vma(mm, address);
}

struct vm_area_struct *
vmalock_torture_env_find_vma_intersection(struct mm_struct *mm,
					  unsigned long address, unsigned long end)
{
	return find_vma_intersection(mm, address, end);
}

bool vmalock_torture_env_vma_start_read_locked(struct vm_area_struct *vma)
{
	return vma_start_read_locked(vma);
}

unsigned long vmalock_torture_env_next_mapped(struct mm_struct *mm,
					      unsigned long address, unsigned long end)
{
	MA_STATE(mas, &mm->mm_mt, address, address);
	unsigned long found = end;

	rcu_read_lock();
	if (mas_find(&mas, end - 1))
		found = max(address, mas.index);
	rcu_read_unlock();
	return found;
}

bool vmalock_torture_env_speculate(struct mm_struct *mm)
{
#if VMALOCK_HAVE_MM_LOCK_SEQCOUNT
	return !(raw_read_seqcount(&mm->mm_lock_seq) & 1);
#else
	return false;
#endif
}

void vmalock_torture_env_delay(u32 microseconds)
{
	udelay(microseconds);
}

bool vmalock_torture_env_stopping(struct vmalock_torture_region *region)
{
	return READ_ONCE(region->stopping) || fatal_signal_pending(current);
}

void vmalock_torture_env_resched(void)
{
	cond_resched();
}

bool vmalock_torture_env_forget_vma(struct vmalock_torture_region *region,
				    struct vm_area_struct *vma)
{
	bool has_room;

	spin_lock(&region->forgotten_lock);
	has_room = !region->stopping && region->forgotten_vmas < VMALOCK_TORTURE_MOST_FORGOTTEN;
	if (has_room)
		region->forgotten[region->forgotten_vmas++] = vma;
	spin_unlock(&region->forgotten_lock);
	return has_room;
}

bool vmalock_torture_env_forget_mmap_lock(struct vmalock_torture_region *region)
{
	bool has_room;

	spin_lock(&region->forgotten_lock);
	has_room = !region->stopping &&
		   region->forgotten_mmap_locks < VMALOCK_TORTURE_MOST_FORGOTTEN;
	region->forgotten_mmap_locks += has_room;
	spin_unlock(&region->forgotten_lock);
	return has_room;
}

void vmalock_torture_rescue(struct vmalock_torture_region *region)
{
	spin_lock(&region->forgotten_lock);
	WRITE_ONCE(region->stopping, true);
	while (region->forgotten_vmas)
		vma_end_read(region->forgotten[--region->forgotten_vmas]);
	for (; region->forgotten_mmap_locks; region->forgotten_mmap_locks--)
		mmap_read_unlock(region->mm);
	spin_unlock(&region->forgotten_lock);
}

void vmalock_torture_env_rcu_read_lock(void)
	__acquires(RCU)
{
	rcu_read_lock();
}

void vmalock_torture_env_rcu_read_unlock(void)
	__releases(RCU)
{
	rcu_read_unlock();
}

#if defined(VMALOCK_RWSEM) || defined(VMALOCK_REFCOUNT)

/* The kernel's own: what was locked by its parts is in no account. */
void vmalock_torture_env_raw_end_read(struct vm_area_struct *vma)
{
	(vma_end_read)(vma);
}

struct vm_area_struct *
vmalock_torture_env_mas_walk(struct mm_struct *mm, unsigned long address)
{
	MA_STATE(mas, &mm->mm_mt, address, address);

	return mas_walk(&mas);
}

bool vmalock_torture_env_vma_covers(struct vm_area_struct *vma, unsigned long address)
{
	return address >= vma->vm_start && address < vma->vm_end;
}

bool vmalock_torture_env_is_write_locked(struct mm_struct *mm, struct vm_area_struct *vma)
{
#if VMALOCK_HAVE_MM_LOCK_SEQCOUNT
	return READ_ONCE(vma->vm_lock_seq) == raw_read_seqcount(&mm->mm_lock_seq);
#else
	/* Pairs with the release of vma_end_write_all(). */
	return READ_ONCE(vma->vm_lock_seq) == smp_load_acquire(&mm->mm_lock_seq);
#endif
}

#else

void vmalock_torture_env_raw_end_read(struct vm_area_struct *vma)
{
	vma_end_read(vma);
}

#endif

#if defined(VMALOCK_RWSEM)

bool vmalock_torture_env_take(struct vm_area_struct *vma)
{
	return down_read_trylock(&vma->vm_lock->lock);
}

bool vmalock_torture_env_is_detached(struct vm_area_struct *vma)
{
	return vma->detached;
}

#elif defined(VMALOCK_REFCOUNT)

/* Renamed in 7.0. */
#ifndef VM_REFCNT_LIMIT
#define VM_REFCNT_LIMIT VMA_REF_LIMIT
#endif

bool vmalock_torture_env_take_reference(struct vm_area_struct *vma, int *before)
{
	if (!__refcount_inc_not_zero_limited_acquire(&vma->vm_refcnt, before, VM_REFCNT_LIMIT))
		return false;
	rwsem_acquire_read(&vma->vmlock_dep_map, 0, 1, _RET_IP_);
	return true;
}

bool vmalock_torture_env_belongs_to(struct vm_area_struct *vma, struct mm_struct *mm)
{
	return vma->vm_mm == mm;
}

struct mm_struct *vmalock_torture_env_grab_mm_of(struct vm_area_struct *vma)
{
	mmgrab(vma->vm_mm);
	return vma->vm_mm;
}

void vmalock_torture_env_drop_mm(struct mm_struct *mm)
{
	mmdrop(mm);
}

#endif
