/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmap_lock.bpf.h - the owner of mmap_lock, and the arguments of the lock tracepoints.
 */
#ifndef VMALOCK_MMAP_LOCK_BPF_H
#define VMALOCK_MMAP_LOCK_BPF_H

#include "kernel_types.h"

/* kernel/locking/rwsem.c: RWSEM_READER_OWNED, RWSEM_OWNER_FLAGS_MASK */
#define RWSEM_READER_OWNED	1UL
#define RWSEM_OWNER_FLAGS	7UL
#define RWSEM_FLAG_WAITERS	2UL
#define RT_MUTEX_HAS_WAITERS	1UL

/* include/trace/events/lock.h: flags of contention_begin */
#define LCB_F_SPIN	(1U << 0)
#define LCB_F_READ	(1U << 1)
#define LCB_F_WRITE	(1U << 2)
#define LCB_F_RT	(1U << 3)
#define LCB_F_PERCPU	(1U << 4)
#define LCB_F_MUTEX	(1U << 5)

/* The task_struct of the writer that has an rwsem whose owner word this is, 0: none. */
static __always_inline unsigned long rwsem_owner(unsigned long word)
{
	return word & RWSEM_READER_OWNED ? 0 : word & ~RWSEM_OWNER_FLAGS;
}

/* The task_struct of who owns it for write, 0 if nobody does. */
static __always_inline unsigned long write_owner(struct mm_struct *mm)
{
	struct rw_semaphore___rt *rt = (void *)&mm->mmap_lock;

	if (!bpf_core_field_exists(mm->mmap_lock.owner))
		return (unsigned long)BPF_CORE_READ(rt, rwbase.rtmutex.owner) &
		       ~RT_MUTEX_HAS_WAITERS;
	return rwsem_owner(READ_ONCE(mm->mmap_lock.owner.counter));
}

/* To calculate with: the verifier forbids it of what it takes for a pointer. */
static __always_inline __u64 mm_address(struct mm_struct *mm)
{
	__u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &mm);
	return address;
}

/*
 * Does anybody queue for mmap_lock of @mm, which the current task has? On PREEMPT_RT a
 * writer that waits for readers has the rt_mutex, all others queue for it.
 */
static __always_inline bool is_queued_for(struct mm_struct *mm)
{
	struct rw_semaphore___rt *rt = (void *)&mm->mmap_lock;
	unsigned long owner;

	if (bpf_core_field_exists(mm->mmap_lock.count))
		return READ_ONCE(mm->mmap_lock.count.counter) & RWSEM_FLAG_WAITERS;
	owner = (unsigned long)BPF_CORE_READ(rt, rwbase.rtmutex.owner);
	return owner && owner != bpf_get_current_task();
}

/*
 * Does the thread @tid own mmap_lock of @mm, which may be gone, for write? What was
 * noted of it may be old: the kernel can have skipped the program that ends it.
 */
static __always_inline bool still_owns(int tid, __u64 mm)
{
	unsigned long owner = write_owner(bpf_core_cast((void *)mm, struct mm_struct));

	return owner && BPF_CORE_READ((struct task_struct *)owner, pid) == tid;
}

#endif /* VMALOCK_MMAP_LOCK_BPF_H */
