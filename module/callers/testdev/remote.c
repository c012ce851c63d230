// SPDX-License-Identifier: GPL-2.0-only
/*
 * remote.c - VMA locks in the address space of another process: by a task that borrows
 * its mm, by a kernel thread that uses it, and together with a page of it.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>

#include <vmalock/vma_lock.h>
#include "callers/testdev/testdev.h"

/* get_task_mm() raises mm_users: the address space stays until mmput(). */
static struct mm_struct *mm_of(pid_t number)
{
	struct pid *pid = find_get_pid(number);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_TGID);
	struct mm_struct *mm;

	put_pid(pid);
	if (!task)
		return ERR_PTR(-ESRCH);
	mm = get_task_mm(task);
	put_task_struct(task);
	return mm ?: ERR_PTR(-ESRCH);	/* a kernel thread, or it has exited */
}

static void note(struct vmalock_test_remote *remote, struct vm_area_struct *vma)
{
	vmalock_assert_locked(vma);
	remote->vm_start = vma->vm_start;
	remote->vm_end = vma->vm_end;
}

static int look(struct vmalock_test_remote *remote, struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	vma = vma_start_read_unlocked_killable(mm, remote->address);
	if (IS_ERR_OR_NULL(vma))
		return vma ? PTR_ERR(vma) : -EFAULT;
	note(remote, vma);
	vma_end_read(vma);
	return 0;
}

struct job {
	struct vmalock_test_remote *remote;
	struct mm_struct *mm;
	struct completion done;
	int error;
};

/*
 * Who queued the job holds mm_users. The copy comes after the release: it may fault,
 * and kthread_use_mm() is there for it, not for the lock.
 */
static int work(void *argument)
{
	struct job *job = argument;
	u8 byte = 0;

	kthread_use_mm(job->mm);
	job->error = look(job->remote, job->mm);
	if (!job->error &&
	    copy_from_user(&byte, (u8 __user *)(unsigned long)job->remote->address, sizeof(byte)))
		job->error = -EFAULT;
	kthread_unuse_mm(job->mm);
	job->remote->byte = byte;
	/* Whoever waits may unload this code: not a step of it after that. */
	kthread_complete_and_exit(&job->done, 0);
}

static int look_by_kthread(struct vmalock_test_remote *remote, struct mm_struct *mm)
{
	struct job job = { .remote = remote, .mm = mm };
	struct task_struct *thread;

	init_completion(&job.done);
	thread = kthread_run(work, &job, "vmalock_test");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	wait_for_completion(&job.done);
	return job.error;
}

/*
 * get_user_pages_remote() needs mmap_lock, so a VMA lock cannot be held before it. Both
 * are taken under mmap_lock, which is not let go of in between: `locked` is NULL. So
 * this VMA had this page at the address. That it stays there neither of them says.
 */
static int look_and_pin(struct vmalock_test_remote *remote, struct mm_struct *mm)
{
	unsigned long address = remote->address & PAGE_MASK;
	struct vm_area_struct *vma;
	struct page *page;
	int error = 0;
	long pinned;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	pinned = get_user_pages_remote(mm, address, 1, 0, &page, NULL);
	if (pinned != 1) {
		mmap_read_unlock(mm);
		return pinned < 0 ? pinned : -EFAULT;
	}
	vma = vma_lookup(mm, address);
	if (!vma)
		error = -EFAULT;
	else if (!vma_start_read_locked(vma))
		error = -EAGAIN;
	mmap_read_unlock(mm);
	if (!error) {
		u8 *bytes = kmap_local_page(page);

		note(remote, vma);
		remote->byte = bytes[offset_in_page(remote->address)];
		kunmap_local(bytes);
		vma_end_read(vma);
	}
	put_page(page);
	return error;
}

long testdev_remote(struct vmalock_test_remote __user *argument)
{
	struct vmalock_test_remote remote;
	struct mm_struct *mm;
	int error;

	if (copy_from_user(&remote, argument, sizeof(remote)))
		return -EFAULT;
	if (remote.by >= VMALOCK_TEST_BY_NR)
		return -EINVAL;
	remote.vm_start = 0;
	remote.vm_end = 0;
	remote.byte = 0;
	mm = mm_of(remote.pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	switch (remote.by) {
	case VMALOCK_TEST_BY_CALLER:
		error = look(&remote, mm);
		break;
	case VMALOCK_TEST_BY_KTHREAD:
		error = look_by_kthread(&remote, mm);
		break;
	default:
		error = look_and_pin(&remote, mm);
		break;
	}
	mmput(mm);
	if (error)
		return error;
	return copy_to_user(argument, &remote, sizeof(remote)) ? -EFAULT : 0;
}
