// SPDX-License-Identifier: GPL-2.0-only
/*
 * binder.c - /dev/vmalock_binder: puts data into the memory of another process
 * as the binder driver does, on vmalock's public header alone. The boundary:
 * file, mapping and ioctls, checked and handed to the core.
 *
 * For test machines: any allocation can be made to fail.
 *
 * Lock order, outermost first; lockdep sees all but the trylocks:
 *
 *	SEND, a page:		mmap_lock (of the receiver, inside the helper) >
 *				VMA lock > page table lock; never the mutex
 *	SEND, FREE, release:	mutex > lock of the LRU
 *	mmap(), close():	mmap_lock; never the mutex
 *	the shrinker:		lock of the LRU > VMA lock (trylock) >
 *				mutex (trylock); never mmap_lock
 *	copy of the data:	mmap_lock of the sender, in a fault; nothing
 *				of ours is held
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "callers/binder/file.h"

static int errno_of(enum binder_result result)
{
	static const int errnos[BINDER_RESULT_NR] = {
		[BINDER_OK]		= 0,
		[BINDER_BAD_ARGUMENT]	= -EINVAL,
		[BINDER_NOT_PERMITTED]	= -EPERM,
		[BINDER_MAPPED_BEFORE]	= -EBUSY,
		[BINDER_NOT_MAPPED]	= -ESRCH,
		[BINDER_NO_SPACE]	= -ENOSPC,
		[BINDER_NO_MEMORY]	= -ENOMEM,
		[BINDER_FAULT]		= -EFAULT,
		[BINDER_NO_BUFFER]	= -ENOENT,
		[BINDER_IN_TRANSIT]	= -EBUSY,
		[BINDER_PAGE_THERE]	= -EBUSY,
	};

	return errnos[result];
}

/* Under mmap_lock, or without in exit_mmap(): after the pages were unmapped. */
static void binder_vma_close(struct vm_area_struct *vma)
{
	struct binder_area *area = vma->vm_private_data;

	if (binder_env_vma_is_of(vma, area))
		binder_unmapped(area);
}

/* One mapping is one VMA, so that an address is a page of the area. */
static int binder_vma_may_split(struct vm_area_struct *vma,
				unsigned long address)
{
	return -EINVAL;
}

const struct vm_operations_struct binder_vm_ops = {
	.close		= binder_vma_close,
	.may_split	= binder_vma_may_split,
};

static int binder_open(struct inode *inode, struct file *filp)
{
	struct binder_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return -ENOMEM;
	kref_init(&file->ref);
	mutex_init(&file->mutex);
	file->area.page_shift = PAGE_SHIFT;
	filp->private_data = file;
	return 0;
}

static int binder_release(struct inode *inode, struct file *filp)
{
	struct binder_file *file = filp->private_data;

	binder_destroy(&file->area);
	return 0;
}

/* Nobody finds the VMA before this returns: then it is in the tree. */
static int binder_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct binder_file *file = filp->private_data;
	enum binder_result result;

	result = binder_map(&file->area, vma->vm_start,
			    vma->vm_end - vma->vm_start, vma->vm_pgoff,
			    vma->vm_flags & VM_WRITE);
	if (result != BINDER_OK)
		return errno_of(result);
	vm_flags_mod(vma, VM_MIXEDMAP | VM_DONTCOPY | VM_DONTEXPAND,
		     VM_MAYWRITE);
	vma->vm_ops = &binder_vm_ops;
	vma->vm_private_data = &file->area;
	return 0;
}

static int ioctl_send(struct binder_file *file, void __user *argument)
{
	struct vmalock_binder_send send;

	if (copy_from_user(&send, argument, sizeof(send)))
		return -EFAULT;
	return errno_of(binder_send(&file->area, send.data, send.size,
				    (void __force *)argument));
}

static int ioctl_free(struct binder_file *file, void __user *argument)
{
	struct vmalock_binder_free buffer;

	if (copy_from_user(&buffer, argument, sizeof(buffer)))
		return -EFAULT;
	if (buffer.reserved)
		return -EINVAL;
	return errno_of(binder_free(&file->area, buffer.offset));
}

static int ioctl_switch(struct binder_file *file, void __user *argument)
{
	struct vmalock_binder_switch choice;

	if (copy_from_user(&choice, argument, sizeof(choice)))
		return -EFAULT;
	if (choice.reserved)
		return -EINVAL;
	return errno_of(binder_switch(&file->area, choice.way));
}

static int ioctl_fail(struct binder_file *file, void __user *argument)
{
	struct vmalock_binder_fail fail;

	if (copy_from_user(&fail, argument, sizeof(fail)))
		return -EFAULT;
	if (fail.nth > S32_MAX)
		return -EINVAL;
	fail.armed = fail_nth_armed(&file->fail);
	fail_nth_arm(&file->fail, fail.nth);
	return copy_to_user(argument, &fail, sizeof(fail)) ? -EFAULT : 0;
}

static int ioctl_stats(struct binder_file *file, void __user *argument)
{
	struct vmalock_binder_stats stats = {};
	int event;

	binder_gauges(&file->area, &stats);
	for (event = 0; event < VMALOCK_BINDER_EVENT_NR; event++)
		stats.events[event] = atomic64_read(&file->events[event]);
	return copy_to_user(argument, &stats, sizeof(stats)) ? -EFAULT : 0;
}

static long binder_ioctl(struct file *filp, unsigned int command,
			 unsigned long address)
{
	struct binder_file *file = filp->private_data;
	void __user *argument = (void __user *)address;

	switch (command) {
	case VMALOCK_BINDER_IOC_SEND:
		return ioctl_send(file, argument);
	case VMALOCK_BINDER_IOC_FREE:
		return ioctl_free(file, argument);
	case VMALOCK_BINDER_IOC_SWITCH:
		return ioctl_switch(file, argument);
	case VMALOCK_BINDER_IOC_FAIL:
		return ioctl_fail(file, argument);
	case VMALOCK_BINDER_IOC_STATS:
		return ioctl_stats(file, argument);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations binder_fops = {
	.owner		= THIS_MODULE,
	.open		= binder_open,
	.release	= binder_release,
	.mmap		= binder_mmap,
	.unlocked_ioctl	= binder_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice binder_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "vmalock_binder",
	.fops	= &binder_fops,
	.mode	= 0600,
};

static int __init binder_init(void)
{
	int error = binder_shrinker_register();

	if (error)
		return error;
	error = misc_register(&binder_device);
	if (error)
		binder_shrinker_unregister();
	return error;
}

static void __exit binder_exit(void)
{
	misc_deregister(&binder_device);
	binder_shrinker_unregister();
}

module_init(binder_init);
module_exit(binder_exit);

MODULE_DESCRIPTION("Binder-like caller of the vmalock helpers, for tests");
MODULE_AUTHOR("The vmalock authors");
MODULE_LICENSE("GPL");
