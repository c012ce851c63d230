// SPDX-License-Identifier: GPL-2.0-only
/* lock.c - take a VMA lock, by each call and each guard, and hold it a while. */
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include <vmalock/vma_lock.h>
#include "callers/testdev/testdev.h"

/* A test that is killed must not keep others waiting. */
void testdev_hold(u32 microseconds)
{
	ktime_t end = ktime_add_us(ktime_get(), microseconds);

	while (ktime_before(ktime_get(), end) && !fatal_signal_pending(current)) {
		set_current_state(TASK_KILLABLE);
		schedule_hrtimeout(&end, HRTIMER_MODE_ABS);
	}
}

/* With the VMA locked, or with none to lock. */
static void use(struct vmalock_test_lock *lock, struct vm_area_struct *vma)
{
	lock->vm_start = 0;
	lock->vm_end = 0;
	if (!vma)
		return;
	lock->vm_start = vma->vm_start;
	lock->vm_end = vma->vm_end;
	vmalock_assert_locked(vma);
	vmalock_assert_stabilised(vma);
	vmalock_assert_attached(vma);
	testdev_hold(lock->hold_us);
}

static long lock_by_call(struct vmalock_test_lock *lock)
{
	struct vm_area_struct *vma;

	switch (lock->how) {
	case VMALOCK_TEST_TRYLOCK:
		vma = lock_vma_under_rcu(current->mm, lock->address);
		break;
	case VMALOCK_TEST_WAIT:
		vma = vma_start_read_unlocked(current->mm, lock->address);
		break;
	default:
		vma = vma_start_read_unlocked_killable(current->mm, lock->address);
		break;
	}
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	use(lock, vma);
	if (vma)
		vma_end_read(vma);
	return 0;
}

#if VMALOCK_HAVE_CLEANUP
static long trylock_by_guard(struct vmalock_test_lock *lock)
{
	CLASS(vma_read_trylock, vma)(current->mm, lock->address);

	use(lock, vma);
	return 0;
}

static long wait_by_guard(struct vmalock_test_lock *lock)
{
	CLASS(vma_read_lock, vma)(current->mm, lock->address);

	use(lock, vma);
	return 0;
}

static long wait_killable_by_guard(struct vmalock_test_lock *lock)
{
	CLASS(vma_read_lock_killable, vma)(current->mm, lock->address);

	if (IS_ERR(vma))
		return PTR_ERR(vma);
	use(lock, vma);
	return 0;
}

#ifdef scoped_cond_guard
/* What was not locked: nothing that a caller is told about, unless it was killed. */
static long trylock_scoped(struct vmalock_test_lock *lock)
{
	use(lock, NULL);
	scoped_cond_guard(vma_read_trylock, return 0, current->mm, lock->address)
		use(lock, scope);
	return 0;
}

static long wait_scoped(struct vmalock_test_lock *lock)
{
	use(lock, NULL);
	scoped_cond_guard(vma_read_lock, return 0, current->mm, lock->address)
		use(lock, scope);
	return 0;
}

static long wait_killable_scoped(struct vmalock_test_lock *lock)
{
	use(lock, NULL);
	scoped_cond_guard(vma_read_lock_killable, return scope ? PTR_ERR(scope) : 0,
			  current->mm, lock->address)
		use(lock, scope);
	return 0;
}
#else
#define trylock_scoped trylock_by_guard
#define wait_scoped wait_by_guard
#define wait_killable_scoped wait_killable_by_guard
#endif

static long trylock_acquired(struct vmalock_test_lock *lock)
{
	ACQUIRE(vma_read_trylock, vma)(current->mm, lock->address);
	int error = ACQUIRE_ERR(vma_read_trylock, &vma);

	use(lock, error ? NULL : vma);
	return error == -EBUSY ? 0 : error;
}

static long wait_acquired(struct vmalock_test_lock *lock)
{
	ACQUIRE(vma_read_lock, vma)(current->mm, lock->address);
	int error = ACQUIRE_ERR(vma_read_lock, &vma);

	use(lock, error ? NULL : vma);
	return error == -EFAULT ? 0 : error;
}

static long wait_killable_acquired(struct vmalock_test_lock *lock)
{
	ACQUIRE(vma_read_lock_killable, vma)(current->mm, lock->address);
	int error = ACQUIRE_ERR(vma_read_lock_killable, &vma);

	use(lock, error ? NULL : vma);
	return error == -EFAULT ? 0 : error;
}

static long lock_by_guard(struct vmalock_test_lock *lock)
{
	switch (lock->how) {
	case VMALOCK_TEST_GUARD_TRYLOCK:
		return trylock_by_guard(lock);
	case VMALOCK_TEST_GUARD_WAIT:
		return wait_by_guard(lock);
	case VMALOCK_TEST_GUARD_KILLABLE:
		return wait_killable_by_guard(lock);
	case VMALOCK_TEST_SCOPED_TRYLOCK:
		return trylock_scoped(lock);
	case VMALOCK_TEST_SCOPED_WAIT:
		return wait_scoped(lock);
	case VMALOCK_TEST_SCOPED_KILLABLE:
		return wait_killable_scoped(lock);
	case VMALOCK_TEST_ACQUIRE_TRYLOCK:
		return trylock_acquired(lock);
	case VMALOCK_TEST_ACQUIRE_WAIT:
		return wait_acquired(lock);
	default:
		return wait_killable_acquired(lock);
	}
}
#else
static long lock_by_guard(struct vmalock_test_lock *lock)
{
	return -EOPNOTSUPP;
}
#endif

long testdev_lock(struct vmalock_test_lock __user *argument)
{
	struct vmalock_test_lock lock;
	long error;

	if (copy_from_user(&lock, argument, sizeof(lock)))
		return -EFAULT;
	if (lock.hold_us > VMALOCK_TEST_MAX_HOLD_US ||
	    lock.how >= VMALOCK_TEST_HOW_NR)
		return -EINVAL;

	if (lock.how < VMALOCK_TEST_GUARD_TRYLOCK)
		error = lock_by_call(&lock);
	else
		error = lock_by_guard(&lock);
	if (error)
		return error;

	/*
	 * Only now: the copy may fault, the fault may wait for a writer, and
	 * the writer may be waiting for the lock we held.
	 */
	return copy_to_user(argument, &lock, sizeof(lock)) ? -EFAULT : 0;
}
