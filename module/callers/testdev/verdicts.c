// SPDX-License-Identifier: GPL-2.0-only
/* verdicts.c - what the assertions say in situations that are known. */
#include <linux/rcupdate.h>
#include <linux/uaccess.h>

#include <vmalock/vma_lock.h>
#include "callers/testdev/testdev.h"

static void ask(struct vmalock_test_verdicts *verdicts, struct vm_area_struct *vma)
{
	verdicts->locked = vmalock_vma_locked(vma);
	verdicts->write_locked = vmalock_vma_write_locked(vma);
	verdicts->stabilised = vmalock_vma_stabilised(vma);
	verdicts->attached = vmalock_vma_attached(vma);
}

/* Nothing is held but RCU, which keeps the VMA's memory from being reused. */
static int ask_unlocked(struct vmalock_test_verdicts *verdicts)
{
	struct vm_area_struct *vma;

	rcu_read_lock();
	vma = mtree_load(&current->mm->mm_mt, verdicts->address);
	if (vma)
		ask(verdicts, vma);
	rcu_read_unlock();
	return vma ? 0 : -ENOENT;
}

static int ask_read_locked(struct vmalock_test_verdicts *verdicts)
{
	struct vm_area_struct *vma;

	vma = vma_start_read_unlocked(current->mm, verdicts->address);
	if (!vma)
		return -ENOENT;
	ask(verdicts, vma);
	vma_end_read(vma);
	return 0;
}

static int ask_under_mmap_lock(struct vmalock_test_verdicts *verdicts)
{
	struct mm_struct *mm = current->mm;
	bool write = verdicts->situation != VMALOCK_TEST_MMAP_READ;
	struct vm_area_struct *vma;

	if (write)
		mmap_write_lock(mm);
	else
		mmap_read_lock(mm);
	vma = vma_lookup(mm, verdicts->address);
	if (vma) {
		if (verdicts->situation == VMALOCK_TEST_WRITE_LOCKED)
			vma_start_write(vma);
		ask(verdicts, vma);
	}
	if (write)
		mmap_write_unlock(mm);
	else
		mmap_read_unlock(mm);
	return vma ? 0 : -ENOENT;
}

long testdev_verdicts(struct vmalock_test_verdicts __user *argument)
{
	struct vmalock_test_verdicts verdicts;
	int error;

	if (copy_from_user(&verdicts, argument, sizeof(verdicts)))
		return -EFAULT;
	if (verdicts.situation >= VMALOCK_TEST_SITUATION_NR || verdicts.reserved)
		return -EINVAL;

	switch (verdicts.situation) {
	case VMALOCK_TEST_UNLOCKED:
		error = ask_unlocked(&verdicts);
		break;
	case VMALOCK_TEST_READ_LOCKED:
		error = ask_read_locked(&verdicts);
		break;
	default:
		error = ask_under_mmap_lock(&verdicts);
		break;
	}
	if (error)
		return error;
	return copy_to_user(argument, &verdicts, sizeof(verdicts)) ? -EFAULT : 0;
}
