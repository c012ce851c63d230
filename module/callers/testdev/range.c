// SPDX-License-Identifier: GPL-2.0-only
/* range.c - the VMAs of a range, one after the other, without mmap_lock. */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include <vmalock/vma_lock.h>
#include "callers/testdev/testdev.h"

long testdev_next(struct vmalock_test_next __user *argument)
{
	struct vmalock_test_next next;
	struct vm_area_struct *vma;

	if (copy_from_user(&next, argument, sizeof(next)))
		return -EFAULT;
	if (next.killable > 1 || next.hold_us > VMALOCK_TEST_MAX_HOLD_US)
		return -EINVAL;
	if (next.killable)
		vma = vma_start_read_next_killable(current->mm, next.address, next.end);
	else
		vma = vma_start_read_next(current->mm, next.address, next.end);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	next.vm_start = 0;
	next.vm_end = 0;
	if (vma) {
		next.vm_start = vma->vm_start;
		next.vm_end = vma->vm_end;
		vmalock_assert_locked(vma);
		vmalock_assert_attached(vma);
		testdev_hold(next.hold_us);
		vma_end_read(vma);
	}
	return copy_to_user(argument, &next, sizeof(next)) ? -EFAULT : 0;
}

long testdev_walk(struct vmalock_test_walk __user *argument)
{
	struct vmalock_test_walk walk;
	struct vm_area_struct *vma;
	unsigned long address, next;

	if (copy_from_user(&walk, argument, sizeof(walk)))
		return -EFAULT;
	walk.vmas = 0;
	walk.bytes = 0;
	for (address = walk.address; address < walk.end; address = next) {
		vma = vma_start_read_next_killable(current->mm, address, walk.end);
		if (IS_ERR(vma))
			return PTR_ERR(vma);
		if (!vma)
			break;
		/* The VMA is what it is until it is released, and then nothing. */
		next = vma->vm_end;
		walk.vmas++;
		walk.bytes += min_t(u64, next, walk.end) - max(address, vma->vm_start);
		vma_end_read(vma);
	}
	return copy_to_user(argument, &walk, sizeof(walk)) ? -EFAULT : 0;
}
