// SPDX-License-Identifier: GPL-2.0-only
/*
 * measure.c - lock and release a VMA again and again: what a call costs, beside what
 * drivers would use instead.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

/* The kernel's own, before vmalock gives their names to its own. */
#ifdef VMALOCK_MEASURES_KERNEL
static struct vm_area_struct *lock_by_kernel(struct mm_struct *mm, unsigned long address)
{
	return lock_vma_under_rcu(mm, address);
}

static void release_by_kernel(struct vm_area_struct *vma)
{
	vma_end_read(vma);
}
#endif

#include <vmalock/vma_lock.h>
#include "callers/testdev/testdev.h"

static struct vm_area_struct *lock_by_mmap_lock(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (!vma)
		mmap_read_unlock(mm);
	return vma;
}

static void release_mmap_lock(struct vm_area_struct *vma)
{
	mmap_read_unlock(vma->vm_mm);
}

static struct vm_area_struct *lock_by_trylock(struct mm_struct *mm, unsigned long address)
{
	return lock_vma_under_rcu(mm, address);
}

static struct vm_area_struct *lock_by_helper(struct mm_struct *mm, unsigned long address)
{
	return vma_start_read_unlocked(mm, address);
}

static struct vm_area_struct *lock_by_killable(struct mm_struct *mm, unsigned long address)
{
	return vma_start_read_unlocked_killable(mm, address);
}

static struct vm_area_struct *lock_next(struct mm_struct *mm, unsigned long address)
{
	return vma_start_read_next(mm, address, address + 1);
}

static void release(struct vm_area_struct *vma)
{
	vma_end_read(vma);
}

/* Each pair has a loop of its own, so that no choice is measured with it. */
static __always_inline int again(const struct vmalock_test_repeat *repeat,
				 struct vm_area_struct *(*lock)(struct mm_struct *, unsigned long),
				 void (*let_go)(struct vm_area_struct *))
{
	struct vm_area_struct *vma;
	u32 i;

	for (i = 0; i < repeat->times; i++) {
		vma = lock(current->mm, repeat->address);
		if (IS_ERR_OR_NULL(vma))
			return vma ? PTR_ERR(vma) : -ENOENT;
		let_go(vma);
	}
	return 0;
}

static int run(const struct vmalock_test_repeat *repeat)
{
	switch (repeat->way) {
	case VMALOCK_TEST_WAY_KERNEL:
#ifdef VMALOCK_MEASURES_KERNEL
		return again(repeat, lock_by_kernel, release_by_kernel);
#else
		return -EOPNOTSUPP;
#endif
	case VMALOCK_TEST_WAY_MMAP_LOCK:
		return again(repeat, lock_by_mmap_lock, release_mmap_lock);
	case VMALOCK_TEST_WAY_TRYLOCK:
		return again(repeat, lock_by_trylock, release);
	case VMALOCK_TEST_WAY_HELPER:
		return again(repeat, lock_by_helper, release);
	case VMALOCK_TEST_WAY_KILLABLE:
		return again(repeat, lock_by_killable, release);
	default:
		return again(repeat, lock_next, release);
	}
}

long testdev_repeat(struct vmalock_test_repeat __user *argument)
{
	struct vmalock_test_repeat repeat;
	ktime_t began;
	int error;

	if (copy_from_user(&repeat, argument, sizeof(repeat)))
		return -EFAULT;
	if (repeat.way >= VMALOCK_TEST_WAY_NR || repeat.times > VMALOCK_TEST_MAX_TIMES)
		return -EINVAL;
	began = ktime_get();
	error = run(&repeat);
	if (error)
		return error;
	repeat.ns = ktime_to_ns(ktime_sub(ktime_get(), began));
	cond_resched();
	return copy_to_user(argument, &repeat, sizeof(repeat)) ? -EFAULT : 0;
}
