// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - /dev/vmalock_test: lets a test call the helper as a driver would, on
 * its own address space. Built on the public header alone.
 *
 * For test machines: it lets root keep a VMA read-locked for seconds, or for
 * ever.
 */
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "callers/testdev/testdev.h"

static long test_ioctl(struct file *file, unsigned int command,
		       unsigned long argument)
{
	switch (command) {
	case VMALOCK_TEST_IOC_LOCK:
		return testdev_lock((struct vmalock_test_lock __user *)argument);
	case VMALOCK_TEST_IOC_VERDICTS:
		return testdev_verdicts((struct vmalock_test_verdicts __user *)argument);
	case VMALOCK_TEST_IOC_MISUSE:
		return testdev_misuse((struct vmalock_test_misuse __user *)argument);
	case VMALOCK_TEST_IOC_PAGE:
		return testdev_page((struct vmalock_test_page __user *)argument);
	case VMALOCK_TEST_IOC_STACKMAP:
		return testdev_stackmap((struct vmalock_test_stackmap __user *)argument);
	case VMALOCK_TEST_IOC_NEXT:
		return testdev_next((struct vmalock_test_next __user *)argument);
	case VMALOCK_TEST_IOC_WALK:
		return testdev_walk((struct vmalock_test_walk __user *)argument);
	case VMALOCK_TEST_IOC_REMOTE:
		return testdev_remote((struct vmalock_test_remote __user *)argument);
	case VMALOCK_TEST_IOC_SETUP:
		return testdev_setup((struct vmalock_test_setup __user *)argument);
	case VMALOCK_TEST_IOC_REPEAT:
		return testdev_repeat((struct vmalock_test_repeat __user *)argument);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations test_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= test_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.mmap		= testdev_mmap,
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
