/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmap_waits.bpf.h - how long a task is blocked on the mmap_lock of its own mm.
 *
 * The lock tracepoints fire when a task is about to block on any lock, and when
 * it has the lock or stops trying. A lock is identified by its address, and a
 * task leads only to its own mm: waits for another's mmap_lock are not seen. The
 * time that a writer spins before it blocks is not seen either.
 */
#ifndef VMALOCK_MMAP_WAITS_BPF_H
#define VMALOCK_MMAP_WAITS_BPF_H

#include "mmap_lock.bpf.h"
#include "process_times.bpf.h"
#include "system_call.bpf.h"

/* From the tracepoint to who called down_read() or down_write(). */
#define WAITER_STACK_DEPTH 10

/* Set before loading: where lock_mm_and_find_vma() lies, by which faults lock. */
const volatile __u64 fault_lock_start, fault_lock_end;

/* Of the current task, which is in one wait at most. */
struct mmap_wait {
	__u64 since_ns;			/* zero: not in one */
	__u64 lock;
	__u32 what;			/* enum vmalock_time */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct mmap_wait);
} mmap_waits SEC(".maps");

/*
 * Who came by an exception and waits to read does so in a page fault: that is
 * all that an aborted fault is asked, since a stack costs thousands of
 * instructions. (A uprobe's breakpoint is taken for one.) Else the stack tells.
 */
static __always_inline bool in_page_fault(void *ctx, struct task_struct *task, bool read)
{
	__u64 frames[WAITER_STACK_DEPTH] = {};
	int i;

	if (read && by_exception(task))
		return true;
	bpf_get_stack(ctx, frames, sizeof(frames), 0);
	for (i = 0; i < WAITER_STACK_DEPTH; i++)
		if (frames[i] >= fault_lock_start && frames[i] < fault_lock_end)
			return true;
	return false;
}

/*
 * PREEMPT_RT's semaphore is a count of readers and an rt_mutex. A reader blocks
 * on the semaphore and, within that, on the rt_mutex; a writer on the rt_mutex
 * for writers, then on the semaphore for readers, which is two waits.
 */
static __always_inline __u64 rt_mutex_of(struct rw_semaphore *lock)
{
	struct rw_semaphore___rt *rt = (void *)lock;

	if (!bpf_core_field_exists(rt->rwbase.rtmutex))
		return 0;
	return (__u64)lock + bpf_core_field_offset(rt->rwbase) +
	       bpf_core_field_offset(((struct rwbase_rt *)0)->rtmutex);
}

SEC("tp_btf/contention_begin")
int BPF_PROG(mmap_wait_begin, void *lock, unsigned int flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mmap_wait *wait;
	bool fault, read = flags & LCB_F_READ;

	if (flags & LCB_F_SPIN || !(flags & (LCB_F_READ | LCB_F_WRITE | LCB_F_RT)) || !task->mm)
		return 0;
	if (lock != &task->mm->mmap_lock && (__u64)lock != rt_mutex_of(&task->mm->mmap_lock))
		return 0;
	if (!is_target(task))
		return 0;
	wait = bpf_task_storage_get(&mmap_waits, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!wait) {
		count_loss(VMALOCK_LOSS_TASKS_FULL);
		return 0;
	}
	/* An RT reader's inner wait. */
	if (wait->since_ns && wait->lock != (__u64)lock && !(flags & (LCB_F_READ | LCB_F_WRITE)))
		return 0;
	fault = in_page_fault(ctx, task, read);
	if (read)
		wait->what = fault ? VMALOCK_MMAP_READ_FAULT : VMALOCK_MMAP_READ_OTHER;
	else
		wait->what = fault ? VMALOCK_MMAP_WRITE_FAULT : VMALOCK_MMAP_WRITE_OTHER;
	wait->lock = (__u64)lock;
	wait->since_ns = bpf_ktime_get_ns();
	return 0;
}

/* A wait that a signal has ended was one too. */
SEC("tp_btf/contention_end")
int BPF_PROG(mmap_wait_end, void *lock, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mmap_wait *wait;

	if (!task->mm || (lock != &task->mm->mmap_lock &&
			  (__u64)lock != rt_mutex_of(&task->mm->mmap_lock)))
		return 0;
	wait = bpf_task_storage_get(&mmap_waits, task, 0, 0);
	if (!wait || !wait->since_ns || wait->lock != (__u64)lock)
		return 0;
	add_process_time(task, wait->what, bpf_ktime_get_ns() - wait->since_ns);
	wait->since_ns = 0;
	return 0;
}

#endif /* VMALOCK_MMAP_WAITS_BPF_H */
