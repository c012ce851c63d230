// SPDX-License-Identifier: GPL-2.0-only
/*
 * misuse.c - the contract, broken in each way it can be, so that tests see the
 * kernel report it. With lockdep the report comes whether or not there is a
 * writer to deadlock with; without, these would be bugs and nothing else.
 */
#include <linux/err.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/uaccess.h>

#include <vmalock/vma_lock.h>
#include "callers/testdev/testdev.h"

static int wait_and_release(unsigned long address)
{
	struct vm_area_struct *vma = vma_start_read_unlocked(current->mm, address);

	if (!vma)
		return -ENOENT;
	vma_end_read(vma);
	return 0;
}

static int under_mmap_lock(const struct vmalock_test_misuse *misuse)
{
	int error;

	mmap_read_lock(current->mm);
	error = wait_and_release(misuse->address);
	mmap_read_unlock(current->mm);
	return error;
}

static int under_vma_lock(const struct vmalock_test_misuse *misuse)
{
	struct vm_area_struct *vma;
	int error;

	vma = vma_start_read_unlocked(current->mm, misuse->other);
	if (!vma)
		return -ENOENT;
	error = wait_and_release(misuse->address);
	vma_end_read(vma);
	return error;
}

static int in_atomic_context(const struct vmalock_test_misuse *misuse)
{
	int error;

	preempt_disable();
	error = wait_and_release(misuse->address);
	preempt_enable();
	return error;
}

static int fault_under_lock(const struct vmalock_test_misuse *misuse)
{
	struct vm_area_struct *vma;
	u8 byte __maybe_unused;
	int error;

	vma = vma_start_read_unlocked(current->mm, misuse->address);
	if (!vma)
		return -ENOENT;
	error = get_user(byte, (u8 __user *)misuse->other);
	vma_end_read(vma);
	return error;
}

static int assert_unlocked(const struct vmalock_test_misuse *misuse)
{
	struct vm_area_struct *vma;

	rcu_read_lock();
	vma = mtree_load(&current->mm->mm_mt, misuse->address);
	if (vma)
		vmalock_assert_locked(vma);
	rcu_read_unlock();
	return vma ? 0 : -ENOENT;
}

static int leak(const struct vmalock_test_misuse *misuse)
{
	return vma_start_read_unlocked(current->mm, misuse->address) ? 0 : -ENOENT;
}

long testdev_misuse(struct vmalock_test_misuse __user *argument)
{
	struct vmalock_test_misuse misuse;

	if (copy_from_user(&misuse, argument, sizeof(misuse)))
		return -EFAULT;
	if (misuse.kind >= VMALOCK_TEST_MISUSE_NR || misuse.reserved)
		return -EINVAL;
	if (!IS_ENABLED(CONFIG_PROVE_LOCKING) &&
	    misuse.kind < VMALOCK_TEST_ASSERT_UNLOCKED)
		return -EOPNOTSUPP;

	switch (misuse.kind) {
	case VMALOCK_TEST_UNDER_MMAP_LOCK:
		return under_mmap_lock(&misuse);
	case VMALOCK_TEST_UNDER_VMA_LOCK:
		return under_vma_lock(&misuse);
	case VMALOCK_TEST_IN_ATOMIC:
		return in_atomic_context(&misuse);
	case VMALOCK_TEST_FAULT_UNDER_LOCK:
		return fault_under_lock(&misuse);
	case VMALOCK_TEST_ASSERT_UNLOCKED:
		return assert_unlocked(&misuse);
	default:
		return leak(&misuse);
	}
}
