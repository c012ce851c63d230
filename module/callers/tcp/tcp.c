// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcp.c - /dev/vmalock_tcp: zerocopy receive as TCP does it, from a stream
 * that the caller feeds itself. Built on the public header alone.
 *
 * For test machines: it makes allocations fail on demand.
 */
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "callers/tcp/file.h"

static atomic_long_t live_streams = ATOMIC_LONG_INIT(0);

static int tcp_open(struct inode *inode, struct file *opened)
{
	struct vmalock_tcp_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return -ENOMEM;
	file->stream = kvzalloc(vmalock_tcp_stream_size, GFP_KERNEL_ACCOUNT);
	if (!file->stream) {
		kfree(file);
		return -ENOMEM;
	}
	mutex_init(&file->mutex);
	atomic_long_inc(&live_streams);
	opened->private_data = file;
	return 0;
}

/* Each mapping holds the open file, so by now there is none. */
static int tcp_release(struct inode *inode, struct file *opened)
{
	struct vmalock_tcp_file *file = opened->private_data;

	vmalock_tcp_drop(file->stream, file);
	kvfree(file->stream);
	mutex_destroy(&file->mutex);
	kfree(file);
	atomic_long_dec(&live_streams);
	return 0;
}

/*
 * Runs under mmap_lock, so it takes no mutex.
 *
 * As tcp_mmap() does. VM_MIXEDMAP keeps vm_insert_pages() from setting it,
 * which takes a write lock, and keeps VMAs from merging. VM_DONTCOPY is not
 * set: a child gets the pages its parent has mapped, with references of its
 * own, and may go on receiving, since it has the file too. Nothing here keeps
 * a VMA beyond a call, so copies, splits and moves need no notice.
 */
static int tcp_mmap(struct file *opened, struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
	vm_flags_set(vma, VM_MIXEDMAP);
	vma->vm_ops = &vmalock_tcp_vm_ops;
	vma->vm_private_data = opened->private_data;
	return 0;
}

static void run_fail(struct vmalock_tcp_stream *stream,
		     struct vmalock_tcp_file *file,
		     union vmalock_tcp_call *call)
{
	fail_nth_arm(&file->fail, call->fail.nth);
}

static void run_stats(struct vmalock_tcp_stream *stream,
		      struct vmalock_tcp_file *file,
		      union vmalock_tcp_call *call)
{
	vmalock_tcp_run_stats(stream, file, call);
	call->stats.fail_armed = fail_nth_armed(&file->fail);
	call->stats.live_pages = atomic_long_read(&vmalock_tcp_live_pages);
	call->stats.live_streams = atomic_long_read(&live_streams);
}

static enum vmalock_tcp_refusal
accept_any(const union vmalock_tcp_call *call)
{
	return VMALOCK_TCP_ACCEPTED;
}

static const struct operation {
	unsigned int command;
	enum vmalock_tcp_refusal (*check)(const union vmalock_tcp_call *call);
	void (*run)(struct vmalock_tcp_stream *stream,
		    struct vmalock_tcp_file *file,
		    union vmalock_tcp_call *call);
} operations[] = {
	{ VMALOCK_TCP_IOC_FEED, vmalock_tcp_check_feed, vmalock_tcp_run_feed },
	{ VMALOCK_TCP_IOC_RECEIVE, vmalock_tcp_check_receive,
	  vmalock_tcp_run_receive },
	{ VMALOCK_TCP_IOC_MODE, vmalock_tcp_check_mode, vmalock_tcp_run_mode },
	{ VMALOCK_TCP_IOC_FAIL, vmalock_tcp_check_fail, run_fail },
	{ VMALOCK_TCP_IOC_STATS, accept_any, run_stats },
};

static const int errnos[VMALOCK_TCP_REFUSAL_NR] = {
	[VMALOCK_TCP_INVALID]	= -EINVAL,
	[VMALOCK_TCP_TOO_BIG]	= -E2BIG,
	[VMALOCK_TCP_OVERFLOW]	= -EOVERFLOW,
};

static const struct operation *find_operation(unsigned int command)
{
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
		if (operations[i].command == command)
			return &operations[i];
	return NULL;
}

static unsigned long copy_result(void __user *argument,
				 const union vmalock_tcp_call *call,
				 unsigned int command)
{
	if (!(_IOC_DIR(command) & _IOC_READ))
		return 0;
	return copy_to_user(argument, call, _IOC_SIZE(command));
}

static long tcp_ioctl(struct file *opened, unsigned int command,
		      unsigned long address)
{
	struct vmalock_tcp_file *file = opened->private_data;
	const struct operation *operation = find_operation(command);
	void __user *argument = (void __user *)address;
	union vmalock_tcp_call call;
	int error;

	if (!operation)
		return -ENOTTY;
	memset(&call, 0, sizeof(call));
	if (_IOC_DIR(command) & _IOC_WRITE &&
	    copy_from_user(&call, argument, _IOC_SIZE(command)))
		return -EFAULT;
	error = errnos[operation->check(&call)];
	if (error)
		return error;
	/* Before bytes are consumed: is there a place to say so? */
	if (copy_result(argument, &call, command))
		return -EFAULT;

	if (mutex_lock_killable(&file->mutex))
		return -EINTR;
	operation->run(file->stream, file, &call);
	mutex_unlock(&file->mutex);
	return copy_result(argument, &call, command) ? -EFAULT : 0;
}

static const struct file_operations tcp_fops = {
	.owner		= THIS_MODULE,
	.open		= tcp_open,
	.release	= tcp_release,
	.mmap		= tcp_mmap,
	.unlocked_ioctl	= tcp_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice tcp_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "vmalock_tcp",
	.fops	= &tcp_fops,
	.mode	= 0600,
};
module_misc_device(tcp_device);

MODULE_DESCRIPTION("TCP-like zerocopy receive on the vmalock helpers");
MODULE_AUTHOR("The vmalock authors");
MODULE_LICENSE("GPL");
