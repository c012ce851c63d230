/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalock/vma_lock.h - keep one VMA from changing, without mmap_lock.
 *
 * For drivers that must look at a VMA for a moment and used to need
 * lock_vma_under_rcu() plus a fallback to mmap_lock written by hand. The names
 * are upstream's: once the kernel has a function, this header leaves it alone
 * and the driver compiles unchanged. Include it after the kernel's headers.
 *
 * The contract, checked by lockdep and might_sleep() on every call of the
 * waiting helpers, whether or not the call has to wait:
 *
 *  - The context may sleep.
 *  - The caller keeps @mm's mm_users above zero (it is current->mm, or
 *    mmget_not_zero() succeeded), until after vma_end_read().
 *  - The caller holds neither mmap_lock nor any VMA lock, of @mm or of another.
 *
 * While a VMA lock is held, take no mmap_lock and do not touch memory of a
 * process in a way that can fault, of whatever mm: a writer that holds
 * mmap_lock may be waiting for this very lock, and a fault may wait for
 * mmap_lock.
 * docs/locking.md draws the cycle.
 *
 * On a kernel without per-VMA locks (SMP=n, 32-bit x86) the same calls lock
 * with mmap_lock, held for read until vma_end_read(): the contract is the
 * same, and a driver that keeps it is correct there too.
 * vmalock_holds_mmap_lock() says which kind of lock it is.
 */
#ifndef VMALOCK_VMA_LOCK_H
#define VMALOCK_VMA_LOCK_H

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/module.h>

#include <vmalock/features.h>

/* What the names below stand for; each is told which module calls. */
struct vm_area_struct *
vmalock_lock_vma_under_rcu(struct mm_struct *mm, unsigned long address,
			   const struct module *caller);
struct vm_area_struct *
vmalock_vma_start_read_unlocked(struct mm_struct *mm, unsigned long address,
				const struct module *caller);
struct vm_area_struct *
vmalock_vma_start_read_unlocked_killable(struct mm_struct *mm,
					 unsigned long address,
					 const struct module *caller);
struct vm_area_struct *
vmalock_vma_start_read_next(struct mm_struct *mm, unsigned long address,
			    unsigned long end, const struct module *caller);
struct vm_area_struct *
vmalock_vma_start_read_next_killable(struct mm_struct *mm, unsigned long address,
				     unsigned long end,
				     const struct module *caller);
bool vmalock_vma_start_read_locked(struct vm_area_struct *vma,
				   const struct module *caller);
void vmalock_vma_end_read(struct vm_area_struct *vma,
			  const struct module *caller);

#ifndef VMALOCK_STEPS_ASIDE

static inline struct vm_area_struct * __must_check
vmalock_checked_trylock(struct mm_struct *mm, unsigned long address)
{
	return vmalock_lock_vma_under_rcu(mm, address, THIS_MODULE);
}

/**
 * lock_vma_under_rcu() - read-lock the VMA at an address if that needs no wait
 * @mm: the address space; the caller keeps its mm_users above zero
 * @address: an address in it
 *
 * The kernel's own where a module may call it, else the same, rebuilt from
 * what the kernel does export. It fails whenever a writer is about, and
 * sometimes when none is. Callers that may sleep want
 * vma_start_read_unlocked(); callers that may not, a shrinker say, skip the
 * VMA, since mmap_read_trylock() would fail for the same writer.
 *
 * Context: any; does not sleep. Takes no mmap_lock, except on a kernel without
 * per-VMA locks, where it tries to.
 * Return: the VMA, read-locked, to be released with vma_end_read(); NULL if
 * it could not be locked or nothing is mapped.
 */
#define lock_vma_under_rcu(mm, address) vmalock_checked_trylock(mm, address)

static inline bool __must_check
vmalock_checked_start_read_locked(struct vm_area_struct *vma)
{
	return vmalock_vma_start_read_locked(vma, THIS_MODULE);
}

/**
 * vma_start_read_locked() - read-lock a VMA that was found under mmap_lock
 * @vma: the VMA; the caller holds the mmap_lock of its mm, for read
 *
 * The lock outlives mmap_lock, which the caller releases itself, on every kernel.
 *
 * Context: any; does not sleep.
 * Return: whether it is locked, to be released with vma_end_read(). False if too many
 * readers hold it, or, on a kernel without per-VMA locks, if a writer is queued.
 */
#define vma_start_read_locked(vma) vmalock_checked_start_read_locked(vma)

/**
 * vma_end_read() - release what one of the calls here locked
 * @vma: the VMA, which may be gone as soon as this is called
 *
 * Context: any that the lock could be taken in; does not sleep.
 */
#define vma_end_read(vma) vmalock_vma_end_read(vma, THIS_MODULE)

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
static inline struct vm_area_struct * __must_check
vma_start_read_unlocked(struct mm_struct *mm, unsigned long address)
{
	might_sleep();
	might_lock_read(&mm->mmap_lock);
	return vmalock_vma_start_read_unlocked(mm, address, THIS_MODULE);
}

#endif /* VMALOCK_STEPS_ASIDE */

/* The first version of the series called it so. */
#define lock_vma_under_rcu_wait(mm, address) vma_start_read_unlocked(mm, address)

#ifndef VMALOCK_KILLABLE_STEPS_ASIDE

#if VMALOCK_HAVE_VMA_START_READ_UNLOCKED_KILLABLE
/* As above. */
#define vma_start_read_unlocked_killable vmalock_checked_start_read_unlocked_killable
#endif

/**
 * vma_start_read_unlocked_killable() - the same, unless a fatal signal comes
 * @mm: the address space
 * @address: an address in it
 *
 * Context: may sleep; the contract above.
 * Return: as vma_start_read_unlocked(), or ERR_PTR(-EINTR) with nothing locked
 * if the task was killed while it waited for a writer.
 */
static inline struct vm_area_struct * __must_check
vma_start_read_unlocked_killable(struct mm_struct *mm, unsigned long address)
{
	might_sleep();
	might_lock_read(&mm->mmap_lock);
	return vmalock_vma_start_read_unlocked_killable(mm, address, THIS_MODULE);
}

#endif /* VMALOCK_KILLABLE_STEPS_ASIDE */

/**
 * vma_start_read_next() - read-lock the first VMA of a range
 * @mm: the address space
 * @address: where the range begins
 * @end: where it ends
 *
 * For walks, as lock_next_vma() is for the kernel's own:
 *
 *	for (; address < end; address = next) {
 *		vma = vma_start_read_next(mm, address, end);
 *		if (!vma)
 *			break;
 *		next = vma->vm_end;
 *		...
 *		vma_end_read(vma);
 *	}
 *
 * The VMA may begin below @address and end above @end: clip what is done to it. Between
 * @address and its begin nothing was mapped in one moment of the call at least. What is
 * mapped there afterwards the walk has passed. What stays mapped while the walk goes on
 * it does not miss, however it is split and merged.
 *
 * Takes mmap_lock only if a writer had it during the call, or if this kernel does not
 * tell, and releases it before it returns.
 *
 * Context: may sleep; the contract above.
 * Return: the VMA, read-locked, to be released with vma_end_read(); NULL if nothing is
 * mapped in the range (or, never seen, if a billion readers hold it).
 */
static inline struct vm_area_struct * __must_check
vma_start_read_next(struct mm_struct *mm, unsigned long address, unsigned long end)
{
	might_sleep();
	might_lock_read(&mm->mmap_lock);
	return vmalock_vma_start_read_next(mm, address, end, THIS_MODULE);
}

/**
 * vma_start_read_next_killable() - the same, unless a fatal signal comes
 * @mm: the address space
 * @address: where the range begins
 * @end: where it ends
 *
 * Context: may sleep; the contract above.
 * Return: as vma_start_read_next(), or ERR_PTR(-EINTR) with nothing locked if the task
 * was killed while it waited for a writer.
 */
static inline struct vm_area_struct * __must_check
vma_start_read_next_killable(struct mm_struct *mm, unsigned long address,
			     unsigned long end)
{
	might_sleep();
	might_lock_read(&mm->mmap_lock);
	return vmalock_vma_start_read_next_killable(mm, address, end, THIS_MODULE);
}

/**
 * vmalock_holds_mmap_lock() - is a locked VMA one whose mmap_lock is held?
 *
 * True on kernels without per-VMA locks. A lock then keeps every writer of the
 * address space waiting, not only those of the VMA: hold it the shorter.
 *
 * Return: a constant of the kernel.
 */
static inline bool vmalock_holds_mmap_lock(void)
{
	return IS_ENABLED(VMALOCK_NONE);
}

#include <vmalock/assertions.h>
#include <vmalock/guards.h>

#endif /* VMALOCK_VMA_LOCK_H */
