/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * awaited_locks.bpf.h - another lock that a task sleeps on, and who has it.
 *
 * On some kernels a task that is about to sleep on a mutex, a semaphore or an rwsem says
 * which (CONFIG_DETECT_HUNG_TASK_BLOCKER). The owner word of a mutex is exact, and that of an
 * rwsem as long as a writer has it. Of readers it names the last that took it, who may have
 * let go, and anybody may raise a semaphore: these have no owner here.
 */
#ifndef VMALOCK_AWAITED_LOCKS_BPF_H
#define VMALOCK_AWAITED_LOCKS_BPF_H

#include "blocked_types.h"
#include "mmap_lock.bpf.h"
#include "task_stack.bpf.h"
#include "uapi/blocked_records.h"

/* include/linux/hung_task.h: the low bits of task_struct.blocker */
#define BLOCKER_TYPES		3UL
#define BLOCKER_TYPE_MUTEX	0UL
#define BLOCKER_TYPE_SEM	1UL
#define BLOCKER_TYPE_RWSEM_READER 2UL
/* kernel/locking/mutex.h: of the owner word */
#define MUTEX_FLAGS		7UL

#define MAX_AWAITED	1024

/* Of the locks that one task has, so many are noted. */
struct owned {
	__u64 owner;
	__u64 number;			/* below VMALOCK_OWNED_LOCKS */
};

struct awaited {
	__u64 blocker;			/* the lock, as task_struct.blocker has it */
	__u64 waiter;			/* the address of a task that sleeps on it */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_AWAITED);
	__type(key, struct owned);
	__type(value, struct awaited);
} awaited_locks SEC(".maps");

/* The second look again, at owners alone: who came before the task that sleeps. */
bool lock_owners_only;

static __always_inline __u64 blocker_of(struct task_struct *task)
{
	struct task_struct___blocker *its = (void *)task;

	return bpf_core_field_exists(its->blocker) ? BPF_CORE_READ(its, blocker) : 0;
}

static __always_inline enum vmalock_lock_kind kind_of(__u64 blocker)
{
	switch (blocker & BLOCKER_TYPES) {
	case BLOCKER_TYPE_MUTEX:
		return VMALOCK_LOCK_MUTEX;
	case BLOCKER_TYPE_SEM:
		return VMALOCK_LOCK_SEMAPHORE;
	case BLOCKER_TYPE_RWSEM_READER:
		return VMALOCK_LOCK_RWSEM_READ;
	default:
		return VMALOCK_LOCK_RWSEM_WRITE;
	}
}

/* The address of the task_struct of who has it alone at this moment; 0: nobody. */
static __always_inline __u64 owner_of(__u64 blocker)
{
	void *lock = (void *)(blocker & ~BLOCKER_TYPES);

	switch (kind_of(blocker)) {
	case VMALOCK_LOCK_MUTEX:
		return BPF_CORE_READ((struct mutex *)lock, owner.counter) & ~MUTEX_FLAGS;
	case VMALOCK_LOCK_RWSEM_READ:
	case VMALOCK_LOCK_RWSEM_WRITE:
		return rwsem_owner(BPF_CORE_READ((struct rw_semaphore *)lock, owner.counter));
	default:
		return 0;
	}
}

/* False: there is no room. */
static __always_inline bool note_owner_of_lock(__u64 owner, __u64 blocker, __u64 waiter)
{
	struct awaited entry = { .blocker = blocker, .waiter = waiter }, *found;
	__u64 i;

	bpf_for(i, 0, VMALOCK_OWNED_LOCKS) {
		struct owned key = { .owner = owner, .number = i };

		found = bpf_map_lookup_elem(&awaited_locks, &key);
		if (found && found->blocker != blocker)
			continue;
		return !bpf_map_update_elem(&awaited_locks, &key, &entry, BPF_ANY);
	}
	return false;
}

/*
 * A task asleep on a lock keeps it in memory, and the owner cannot exit with it: if both
 * are as before when all has been read, what was read is theirs. One that has been woken
 * says so until it runs, when the lock may be another's; it is not asked.
 */
static __always_inline void note_lock(struct vmalock_awaited_lock *out, struct task_struct *task)
{
	__u64 blocker = blocker_of(task), owner;

	if (!blocker || !is_asleep(task))
		return;
	owner = owner_of(blocker);
	out->owner_tid = owner ? BPF_CORE_READ((struct task_struct *)owner, pid) : 0;
	if (owner == (__u64)task || owner_of(blocker) != owner)
		out->owner_tid = 0;
	if (blocker_of(task) != blocker || !is_asleep(task)) {
		out->owner_tid = 0;
		return;
	}
	out->lock = blocker & ~BLOCKER_TYPES;
	out->kind = kind_of(blocker);
	if (out->owner_tid && !note_owner_of_lock(owner, blocker, (__u64)task))
		out->owner_tid = 0;
}

/* Which locks that others sleep on @task has, and still has now, while they still do. */
static __always_inline bool note_owned_locks(struct vmalock_blocked_task *record,
					     struct task_struct *task)
{
	bool any = false;
	__u64 i;

	bpf_for(i, 0, VMALOCK_OWNED_LOCKS) {
		struct owned key = { .owner = (__u64)task, .number = i };
		struct awaited *entry = bpf_map_lookup_elem(&awaited_locks, &key);

		if (i >= VMALOCK_OWNED_LOCKS)
			break;
		record->owns_locks[i] = 0;
		if (!entry || owner_of(entry->blocker) != key.owner ||
		    blocker_of((void *)entry->waiter) != entry->blocker)
			continue;
		record->owns_locks[i] = entry->blocker & ~BLOCKER_TYPES;
		any = true;
	}
	return any;
}

#endif /* VMALOCK_AWAITED_LOCKS_BPF_H */
