/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmap_waits.bpf.h - how long a task is blocked on a mmap_lock, and who had it.
 *
 * The lock tracepoints fire when a task is about to block on any lock, and when
 * it has the lock or stops trying. A lock is identified by its address. The time that a
 * writer spins before it blocks is not seen.
 */
#ifndef VMALOCK_MMAP_WAITS_BPF_H
#define VMALOCK_MMAP_WAITS_BPF_H

#include "lock_holders.bpf.h"
#include "mmap_lock.bpf.h"
#include "process_times.bpf.h"
#include "system_call.bpf.h"
#include "target_memory.bpf.h"

/* From the tracepoint to who called down_read() or down_write(). */
#define WAITER_STACK_DEPTH 10

/* Set before loading: where lock_mm_and_find_vma() lies, by which faults lock. */
const volatile __u64 fault_lock_start, fault_lock_end;

/* Of the current task, which is in one wait at most. */
struct mmap_wait {
	__u64 since_ns;			/* zero: not in one */
	__u64 lock;
	__u64 mm;
	__u32 what;			/* enum vmalock_time */
	__u32 memory_of;		/* see struct vmalock_lock_wait_key */
	struct last_holds past;		/* written at its end */
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

/*
 * The mm that @lock may be the lock of, if that is not the task's own. Any semaphore comes
 * here: the task that is found behind it must know the mm as its own.
 */
static __always_inline struct mm_struct *others_mm(void *lock, __u32 *owner_tgid)
{
	struct mm_struct *mm = lock - bpf_core_field_offset(((struct mm_struct *)0)->mmap_lock);
	struct mm_struct___owned *owned = (void *)mm;
	struct task_struct *owner;

	if (!bpf_core_field_exists(owned->owner))
		return NULL;
	owner = BPF_CORE_READ(owned, owner);
	if ((long)owner >= 0 || BPF_CORE_READ(owner, mm) != mm)
		return NULL;
	*owner_tgid = BPF_CORE_READ(owner, tgid);
	return mm;
}

static __always_inline void set_kind(struct mmap_wait *wait, bool read, bool fault)
{
	if (read)
		wait->what = fault ? VMALOCK_MMAP_READ_FAULT : VMALOCK_MMAP_READ_OTHER;
	else
		wait->what = fault ? VMALOCK_MMAP_WRITE_FAULT : VMALOCK_MMAP_WRITE_OTHER;
}

SEC("tp_btf/contention_begin")
int BPF_PROG(mmap_wait_begin, void *lock, unsigned int flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mm_struct *mm = task->mm;
	struct mmap_wait *wait;
	bool read = flags & LCB_F_READ;
	__u32 memory_of = 0;

	if (flags & (LCB_F_SPIN | LCB_F_PERCPU) || !(flags & (LCB_F_READ | LCB_F_WRITE | LCB_F_RT)))
		return 0;
	if (!mm || (lock != &mm->mmap_lock && (__u64)lock != rt_mutex_of(&mm->mmap_lock)))
		mm = others_mm(lock, &memory_of);
	if (!mm || !is_target(task))
		return 0;
	wait = bpf_task_storage_get(&mmap_waits, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!wait) {
		count_loss(VMALOCK_LOSS_TASKS_FULL);
		return 0;
	}
	/* An RT reader's inner wait. */
	if (wait->since_ns && wait->lock != (__u64)lock && !(flags & (LCB_F_READ | LCB_F_WRITE)))
		return 0;
	set_kind(wait, read, mm == task->mm && in_page_fault(ctx, task, read));
	wait->lock = (__u64)lock;
	wait->mm = mm_address(mm);
	wait->memory_of = memory_of;
	note_target_memory(wait->mm);
	open_log(wait->mm);
	wait->since_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline bool waits_to_read(const struct mmap_wait *wait)
{
	return wait->what == VMALOCK_MMAP_READ_FAULT || wait->what == VMALOCK_MMAP_READ_OTHER;
}

/* A wait that a signal has ended was one too. */
SEC("tp_btf/contention_end")
int BPF_PROG(mmap_wait_end, void *lock, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mmap_wait *wait = bpf_task_storage_get(&mmap_waits, task, 0, 0);
	struct vmalock_lock_wait_key key = {};

	if (!wait || !wait->since_ns || wait->lock != (__u64)lock)
		return 0;
	key.waiter = process_key(task);
	key.what = wait->what;
	key.memory_of = wait->memory_of;
	blame_holders(&wait->past, &key, wait->mm, wait->since_ns, waits_to_read(wait));
	add_process_time(task, wait->what, bpf_ktime_get_ns() - wait->since_ns);
	wait->since_ns = 0;
	return 0;
}

#endif /* VMALOCK_MMAP_WAITS_BPF_H */
