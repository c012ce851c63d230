// SPDX-License-Identifier: GPL-2.0-only
/*
 * stackmap.c - a VMA as the BPF stack map locks it, which must not wait: a trylock,
 * behind it a trylock of mmap_lock and vma_start_read_locked(). Whichever it was, one
 * VMA lock is held afterwards and no mmap_lock, on every kernel, so there is one way
 * to let go: how a lock was taken is nothing to ask a configuration about.
 */
#include <linux/sched.h>
#include <linux/uaccess.h>

#include <vmalock/vma_lock.h>
#include "callers/testdev/testdev.h"

static struct vm_area_struct *lock_behind_mmap_lock(struct mm_struct *mm,
						    unsigned long address)
{
	struct vm_area_struct *vma;

	if (!mmap_read_trylock(mm))
		return NULL;
	vma = vma_lookup(mm, address);
	if (vma && !vma_start_read_locked(vma))
		vma = NULL;
	mmap_read_unlock(mm);
	return vma;
}

static struct vm_area_struct *lock_vma(const struct vmalock_test_stackmap *stackmap)
{
	struct vm_area_struct *vma = NULL;

	if (!stackmap->no_trylock)
		vma = lock_vma_under_rcu(current->mm, stackmap->address);
	return vma ?: lock_behind_mmap_lock(current->mm, stackmap->address);
}

long testdev_stackmap(struct vmalock_test_stackmap __user *argument)
{
	struct vmalock_test_stackmap stackmap;
	struct vm_area_struct *vma;

	if (copy_from_user(&stackmap, argument, sizeof(stackmap)))
		return -EFAULT;
	if (stackmap.no_trylock > 1 || stackmap.hold_us > VMALOCK_TEST_MAX_HOLD_US)
		return -EINVAL;
	stackmap.vm_start = 0;
	stackmap.vm_end = 0;
	vma = lock_vma(&stackmap);
	if (vma) {
		stackmap.vm_start = vma->vm_start;
		stackmap.vm_end = vma->vm_end;
		vmalock_assert_locked(vma);
		testdev_hold(stackmap.hold_us);
		vma_end_read(vma);
	}
	return copy_to_user(argument, &stackmap, sizeof(stackmap)) ? -EFAULT : 0;
}
