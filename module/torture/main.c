// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - /dev/vmalock_torture: readers for the address space of whoever begins it. For
 * test machines: it keeps CPUs busy.
 */
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <vmalock/vma_lock.h>
#include "torture/busted.h"
#include "torture/region.h"

#define MAX_KTHREADS 256
/* Calls between two looks at whether to stop. */
#define BATCH 64

struct torture;

struct reader {
	struct torture *torture;
	struct task_struct *task;
	vmalock_u64 draws;
	u64 begun;	/* the call that it is in, 0 between two batches; others read it */
};

/* Of one open file. */
struct torture {
	struct rw_semaphore use;	/* to read the region; to write it: begin, end */
	struct vmalock_torture_region region;	/* no mm: not begun */
	fl_owner_t opener;	/* who looks after it */
	fl_owner_t files;	/* of the user whose mm it is */
	struct reader *readers;
	u32 kthreads;
	struct vmalock_torture_counts counts;	/* under counts_lock */
	spinlock_t counts_lock;	/* held for a moment by whoever ends a batch */
};

static void add_counts(struct torture *torture, const struct vmalock_torture_counts *more)
{
	const vmalock_u64 *from = (const vmalock_u64 *)more;
	vmalock_u64 *to = (vmalock_u64 *)&torture->counts;
	size_t i;

	spin_lock(&torture->counts_lock);
	for (i = 0; i < sizeof(*more) / sizeof(*from); i++)
		to[i] += from[i];
	spin_unlock(&torture->counts_lock);
}

static int read_for_ever(void *data)
{
	struct reader *reader = data;
	struct mm_struct *mm = reader->torture->region.mm;
	struct vmalock_torture_counts counts;
	u64 number = 0;
	int i;

	while (!kthread_should_stop()) {
		/*
		 * For a batch only: its record is mapped there, and keeps the file, whose
		 * release stops us. Two of us could keep the mm for each other for ever,
		 * so no batch begins after the user has closed the file.
		 */
		if (vmalock_torture_env_stopping(&reader->torture->region) ||
		    !mmget_not_zero(mm)) {
			schedule_timeout_interruptible(HZ / 10);
			continue;
		}
		memset(&counts, 0, sizeof(counts));
		for (i = 0; i < BATCH; i++) {
			WRITE_ONCE(reader->begun, ktime_get_ns());
			vmalock_torture_read_once(&reader->torture->region, &reader->draws,
						  number++, &counts);
		}
		WRITE_ONCE(reader->begun, 0);
		mmput(mm);
		add_counts(reader->torture, &counts);
		cond_resched();
	}
	return 0;
}

static void stop_kthreads(struct torture *torture)
{
	while (torture->kthreads)
		kthread_stop_put(torture->readers[--torture->kthreads].task);
	kfree(torture->readers);
	torture->readers = NULL;
}

static int start_kthreads(struct torture *torture, u32 kthreads, u64 seed)
{
	struct reader *reader;
	struct task_struct *task;

	torture->readers = kcalloc(kthreads, sizeof(*torture->readers), GFP_KERNEL);
	if (!torture->readers)
		return -ENOMEM;
	while (torture->kthreads < kthreads) {
		reader = &torture->readers[torture->kthreads];
		reader->torture = torture;
		reader->draws = seed + torture->kthreads;
		task = kthread_create(read_for_ever, reader, "vmalock_torture/%u",
				      torture->kthreads);
		if (IS_ERR(task)) {
			stop_kthreads(torture);
			return PTR_ERR(task);
		}
		reader->task = get_task_struct(task);
		torture->kthreads++;
		wake_up_process(task);
	}
	return 0;
}

static long torture_begin(struct torture *torture, const void __user *argument)
{
	struct vmalock_torture_begin begin;
	int error;

	if (copy_from_user(&begin, argument, sizeof(begin)))
		return -EFAULT;
	if (!begin.pages || begin.pages > VMALOCK_TORTURE_MAX_PAGES ||
	    begin.kthreads > MAX_KTHREADS ||
	    begin.busted >= VMALOCK_TORTURE_BUSTED_NR || begin.reserved ||
	    !PAGE_ALIGNED(begin.start) || begin.start >= TASK_SIZE ||
	    TASK_SIZE - begin.start < begin.pages * PAGE_SIZE)
		return -EINVAL;
	if (torture->region.mm)
		return -EBUSY;
	mmgrab(current->mm);
	torture->region.stopping = false;
	torture->region.mm = current->mm;
	WRITE_ONCE(torture->files, current->files);
	torture->region.start = begin.start;
	torture->region.pages = begin.pages;
	torture->region.busted = begin.busted;
	error = start_kthreads(torture, begin.kthreads, begin.seed);
	if (error) {
		mmdrop(torture->region.mm);
		torture->region.mm = NULL;
	}
	return error;
}

static bool is_read_locked(struct vm_area_struct *vma)
{
#if defined(VMALOCK_RWSEM)
	return rwsem_is_locked(&vma->vm_lock->lock);
#elif defined(VMALOCK_REFCOUNT)
	return refcount_read(&vma->vm_refcnt) > 1;
#else
	return false;
#endif
}

/* Nobody reads or changes the region any more: what is locked was forgotten. */
static int find_forgotten(struct torture *torture)
{
	const struct vmalock_torture_region *region = &torture->region;
	unsigned long end = region->start + region->pages * PAGE_SIZE;
	struct vm_area_struct *vma;
	struct vma_iterator vmi;
	int forgotten = 0;

	vma_iter_init(&vmi, region->mm, region->start);
	if (!mmget_not_zero(region->mm))
		return 0;
	if (mmap_write_lock_killable(region->mm)) {
		mmput(region->mm);
		return -EINTR;
	}
	for_each_vma_range(vmi, vma, end)
		forgotten += is_read_locked(vma);
	mmap_write_unlock(region->mm);
	mmput(region->mm);
	if (!forgotten)
		return 0;
	pr_alert("vmalock_torture: %d VMAs are still read-locked\n", forgotten);
	return -EDEADLK;
}

static long torture_end(struct torture *torture)
{
	int error;

	if (!torture->region.mm)
		return -EINVAL;
	/* Only what calls with a fault have forgotten: what sound ones have is found. */
	vmalock_torture_rescue(&torture->region);
	stop_kthreads(torture);
	error = find_forgotten(torture);
	mmdrop(torture->region.mm);
	torture->region.mm = NULL;
	return error;
}

/* As many calls as are wanted, or until the task is killed. Under use, for read. */
static long torture_read(struct torture *torture, const void __user *argument)
{
	struct vmalock_torture_counts counts = {};
	struct vmalock_torture_read wanted;
	u64 number;

	if (copy_from_user(&wanted, argument, sizeof(wanted)))
		return -EFAULT;
	if (!torture->region.mm || torture->region.mm != current->mm)
		return -EINVAL;
	for (number = 0; number < wanted.calls; number++) {
		if (vmalock_torture_env_stopping(&torture->region))
			break;
		vmalock_torture_read_once(&torture->region, &wanted.seed, number, &counts);
		if (number % BATCH == BATCH - 1)
			cond_resched();
	}
	add_counts(torture, &counts);
	return 0;
}

/* Under use, for read. */
static long torture_counts(struct torture *torture, void __user *argument)
{
	struct vmalock_torture_counts counts;
	u64 now = ktime_get_ns(), begun;
	u32 i;

	spin_lock(&torture->counts_lock);
	counts = torture->counts;
	spin_unlock(&torture->counts_lock);
	for (i = 0; i < torture->kthreads; i++) {
		begun = READ_ONCE(torture->readers[i].begun);
		if (begun && begun < now)
			counts.running_ns = max_t(u64, counts.running_ns, now - begun);
	}
	return copy_to_user(argument, &counts, sizeof(counts)) ? -EFAULT : 0;
}

static long torture_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct torture *torture = file->private_data;
	bool writes = command == VMALOCK_TORTURE_IOC_BEGIN || command == VMALOCK_TORTURE_IOC_END;
	void __user *data = (void __user *)argument;
	long result;

	if (writes ? down_write_killable(&torture->use) : down_read_killable(&torture->use))
		return -EINTR;
	switch (command) {
	case VMALOCK_TORTURE_IOC_BEGIN:
		result = torture_begin(torture, data);
		break;
	case VMALOCK_TORTURE_IOC_END:
		result = torture_end(torture);
		break;
	case VMALOCK_TORTURE_IOC_READ:
		result = torture_read(torture, data);
		break;
	case VMALOCK_TORTURE_IOC_COUNTS:
		result = torture_counts(torture, data);
		break;
	case VMALOCK_TORTURE_IOC_RESCUE:
		vmalock_torture_rescue(&torture->region);
		result = 0;
		break;
	default:
		result = -ENOTTY;
		break;
	}
	if (writes)
		up_write(&torture->use);
	else
		up_read(&torture->use);
	return result;
}

static size_t record_size(void)
{
	return PAGE_ALIGN(sizeof(struct vmalock_torture_record));
}

static int torture_open(struct inode *inode, struct file *file)
{
	struct torture *torture = kzalloc(sizeof(*torture), GFP_KERNEL);

	if (!torture)
		return -ENOMEM;
	torture->region.record = vmalloc_user(record_size());
	if (!torture->region.record) {
		kfree(torture);
		return -ENOMEM;
	}
	init_rwsem(&torture->use);
	torture->opener = current->files;
	spin_lock_init(&torture->region.forgotten_lock);
	spin_lock_init(&torture->counts_lock);
	file->private_data = torture;
	return 0;
}

/*
 * Who looks after it, or its user, closes it (or a duplicate of it) or ends: then readers
 * stop, and whoever waits for a forgotten lock gets on, or neither could end. What other
 * processes do, who have it by fork(), is nothing to us.
 */
static int torture_flush(struct file *file, fl_owner_t files)
{
	struct torture *torture = file->private_data;

	if (files == torture->opener || files == READ_ONCE(torture->files))
		vmalock_torture_rescue(&torture->region);
	return 0;
}

static int torture_release(struct inode *inode, struct file *file)
{
	struct torture *torture = file->private_data;

	if (torture->region.mm) {
		vmalock_torture_rescue(&torture->region);
		stop_kthreads(torture);
		mmdrop(torture->region.mm);
	}
	vfree(torture->region.record);
	kfree(torture);
	return 0;
}

static int torture_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct torture *torture = file->private_data;

	return remap_vmalloc_range(vma, torture->region.record, vma->vm_pgoff);
}

static const struct file_operations torture_fops = {
	.owner = THIS_MODULE,
	.open = torture_open,
	.flush = torture_flush,
	.release = torture_release,
	.unlocked_ioctl = torture_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = torture_mmap,
};

static struct miscdevice torture_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vmalock_torture",
	.fops = &torture_fops,
	.mode = 0600,
};
module_misc_device(torture_device);

MODULE_DESCRIPTION("Torture of the vmalock helpers");
MODULE_AUTHOR("The vmalock authors");
MODULE_LICENSE("GPL");
