// SPDX-License-Identifier: GPL-2.0-only
/*
 * setup.c - mmap() under a mutex of the device, as many drivers do it. Whoever has that
 * mutex keeps the caller waiting with its mmap_lock.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include "callers/testdev/testdev.h"

static DEFINE_MUTEX(vmalock_test_setup);

/* Touches no memory of the caller with the mutex: mmap() takes it under mmap_lock. */
long testdev_setup(struct vmalock_test_setup __user *argument)
{
	struct vmalock_test_setup given;

	if (copy_from_user(&given, argument, sizeof(given)))
		return -EFAULT;
	if (given.hold_us > VMALOCK_TEST_MAX_HOLD_US || given.reserved)
		return -EINVAL;
	if (mutex_lock_killable(&vmalock_test_setup))
		return -EINTR;
	testdev_hold(given.hold_us);
	mutex_unlock(&vmalock_test_setup);
	return 0;
}

int testdev_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff + vma_pages(vma) > VMALOCK_TEST_MAX_PAGE + 1)
		return -EINVAL;
	if (mutex_lock_killable(&vmalock_test_setup))
		return -EINTR;
	vma->vm_ops = &testdev_slow_memory;
	mutex_unlock(&vmalock_test_setup);
	return 0;
}
