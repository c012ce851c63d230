/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalock/vma_lock.h - keep one VMA from changing, without mmap_lock.
 *
 * For drivers that must look at a VMA for a moment and used to need
 * lock_vma_under_rcu() plus a fallback to mmap_lock written by hand. The names
 * are upstream's: once the kernel has a function, this header leaves it alone
 * and the driver compiles unchanged.
 *
 * The contract, checked by lockdep and might_sleep() on every call of the
 * waiting helpers, whether or not the call has to wait:
 *
 *  - The context may sleep.
 *  - The caller keeps @mm's mm_users above zero (it is current->mm, or
 *    mmget_not_zero() succeeded).
 *  - The caller holds neither @mm's mmap_lock nor any VMA lock of @mm.
 *
 * While a VMA lock is held, do not take @mm's mmap_lock and do not touch
 * memory of @mm in a way that can fault: a writer that holds mmap_lock may be
 * waiting for this very lock, and a fault may wait for mmap_lock.
 * docs/locking.md draws the cycle.
 */
#ifndef VMALOCK_VMA_LOCK_H
#define VMALOCK_VMA_LOCK_H

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>

#include <vmalock/features.h>

struct vm_area_struct *vmalock_vma_start_read_unlocked(struct mm_struct *mm,
						       unsigned long address);
struct vm_area_struct *
vmalock_vma_start_read_unlocked_killable(struct mm_struct *mm,
					 unsigned long address);

#ifdef VMALOCK_RWSEM
struct vm_area_struct *vmalock_lock_vma_under_rcu(struct mm_struct *mm,
						  unsigned long address);

/**
 * lock_vma_under_rcu() - read-lock the VMA at an address if that needs no wait
 * @mm: the address space; the caller keeps its mm_users above zero
 * @address: an address in it
 *
 * The kernel has this function but does not export it; this is the same,
 * rebuilt from what it does export. It fails whenever a writer is about, and
 * sometimes when none is. Callers that may sleep want
 * vma_start_read_unlocked(); callers that may not, a shrinker say, skip the
 * VMA, since mmap_read_trylock() would fail for the same writer.
 *
 * Context: any; does not sleep and takes no mmap_lock.
 * Return: the VMA, read-locked, to be released with vma_end_read(); NULL if
 * it could not be locked or nothing is mapped.
 */
#define lock_vma_under_rcu(mm, address) vmalock_lock_vma_under_rcu(mm, address)
#endif

#if !VMALOCK_EXPORT_VMA_START_READ_UNLOCKED
#if VMALOCK_HAVE_VMA_START_READ_UNLOCKED
/* The kernel has it for itself only: keep off its declaration. */
#define vma_start_read_unlocked vmalock_checked_start_read_unlocked
#endif

/**
 * vma_start_read_unlocked() - read-lock the VMA at an address
 * @mm: the address space
 * @address: an address in it
 *
 * Usually one RCU lookup and one atomic operation. If a writer is in the way,
 * waits for it under mmap_lock, once, and returns with mmap_lock released.
 *
 * Context: may sleep; the contract above.
 * Return: the VMA, read-locked, to be released with vma_end_read(); NULL if
 * nothing is mapped at @address (or, never seen, if a billion readers hold it).
 */
static inline struct vm_area_struct *
vma_start_read_unlocked(struct mm_struct *mm, unsigned long address)
{
	might_sleep();
	might_lock_read(&mm->mmap_lock);
	return vmalock_vma_start_read_unlocked(mm, address);
}
#endif

/* The first version of the series called it so. */
#define lock_vma_under_rcu_wait(mm, address) vma_start_read_unlocked(mm, address)

/**
 * vma_start_read_unlocked_killable() - the same, unless a fatal signal comes
 * @mm: the address space
 * @address: an address in it
 *
 * Context: may sleep; the contract above.
 * Return: as vma_start_read_unlocked(), or ERR_PTR(-EINTR) with nothing locked
 * if the task was killed while it waited for a writer.
 */
static inline struct vm_area_struct *
vma_start_read_unlocked_killable(struct mm_struct *mm, unsigned long address)
{
	might_sleep();
	might_lock_read(&mm->mmap_lock);
	return vmalock_vma_start_read_unlocked_killable(mm, address);
}

#endif /* VMALOCK_VMA_LOCK_H */
