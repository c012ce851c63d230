// SPDX-License-Identifier: GPL-2.0-only
/*
 * testdev.c - /dev/vmalock_test: lets a test call the helper as a driver
 * would, on its own address space. Built on the public header alone.
 *
 * For test machines: it lets root keep a VMA read-locked for seconds.
 */
#include <linux/delay.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include <vmalock/vma_lock.h>
#include "uapi/vmalock_abi.h"

static struct vm_area_struct *start_read(u32 how, unsigned long address)
{
	switch (how) {
	case VMALOCK_TEST_TRYLOCK:
		return lock_vma_under_rcu(current->mm, address);
	case VMALOCK_TEST_WAIT:
		return vma_start_read_unlocked(current->mm, address);
	case VMALOCK_TEST_WAIT_KILLABLE:
		return vma_start_read_unlocked_killable(current->mm, address);
	default:
		return ERR_PTR(-EINVAL);
	}
}

/* A test that is killed must not keep writers of its memory waiting. */
static void hold(u32 microseconds)
{
	ktime_t end = ktime_add_us(ktime_get(), microseconds);

	while (ktime_before(ktime_get(), end) && !fatal_signal_pending(current)) {
		set_current_state(TASK_KILLABLE);
		schedule_hrtimeout(&end, HRTIMER_MODE_ABS);
	}
}

static long test_lock(struct vmalock_test_lock __user *argument)
{
	struct vmalock_test_lock lock;
	struct vm_area_struct *vma;

	if (copy_from_user(&lock, argument, sizeof(lock)))
		return -EFAULT;
	if (lock.hold_us > VMALOCK_TEST_MAX_HOLD_US)
		return -EINVAL;

	vma = start_read(lock.how, lock.address);
	if (IS_ERR(vma))
		return PTR_ERR(vma);

	lock.vm_start = 0;
	lock.vm_end = 0;
	if (vma) {
		lock.vm_start = vma->vm_start;
		lock.vm_end = vma->vm_end;
		hold(lock.hold_us);
		vma_end_read(vma);
	}

	/*
	 * Only now: the copy may fault, the fault may wait for a writer, and
	 * the writer may be waiting for the lock we held.
	 */
	return copy_to_user(argument, &lock, sizeof(lock)) ? -EFAULT : 0;
}

static long test_ioctl(struct file *file, unsigned int command,
		       unsigned long argument)
{
	if (command != VMALOCK_TEST_IOC_LOCK)
		return -ENOTTY;
	return test_lock((struct vmalock_test_lock __user *)argument);
}

static const struct file_operations test_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= test_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice test_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "vmalock_test",
	.fops	= &test_fops,
	.mode	= 0600,
};
module_misc_device(test_device);

MODULE_DESCRIPTION("Test device for the vmalock helpers");
MODULE_AUTHOR("The vmalock authors");
MODULE_LICENSE("GPL");
