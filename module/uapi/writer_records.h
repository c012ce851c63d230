/* SPDX-License-Identifier: GPL-2.0-only */
/* writer_records.h - writers, their victims, and how long these waited. */
#ifndef VMALOCK_UAPI_WRITER_RECORDS_H
#define VMALOCK_UAPI_WRITER_RECORDS_H

#include "uapi/durations.h"
#include "uapi/processes.h"
#include "uapi/stacks.h"
#include "uapi/types.h"

/* The place from which a thread takes mmap_lock for write. All zero but the state if GONE. */
struct vmalock_writer {
	struct vmalock_process_key process;
	vmalock_u32 tid;
	vmalock_u32 syscall;		/* number, or VMALOCK_SYSCALL_NONE */
	vmalock_u32 kernel_stack;	/* key of the map of stacks, or */
	vmalock_u32 user_stack;		/* VMALOCK_STACK_NONE */
	vmalock_u32 state;		/* enum vmalock_writer_state */
	vmalock_u32 reserved;		/* zero: the key is hashed as bytes */
};

/* Whom lock_vma_under_rcu() refused a lock while a writer was in the way. */
struct vmalock_victim {
	struct vmalock_process_key process;
	vmalock_u64 vm_start;		/* the VMA as it was found, zero if */
	vmalock_u64 vm_end;		/* it was not */
	vmalock_u64 caller;		/* kernel text address, 0 if unknown */
	vmalock_u32 reason;		/* enum vmalock_abort_reason */
	vmalock_u32 reserved;		/* zero: the key is hashed as bytes */
};

struct vmalock_blame_key {
	struct vmalock_writer writer;
	struct vmalock_victim victim;
};

/* A place at which a task slept while it had mmap_lock. */
struct vmalock_hold_sleep {
	vmalock_u32 stack;		/* key of another map of stacks, or VMALOCK_STACK_NONE */
	vmalock_u32 reserved;
	vmalock_u64 count;		/* times; zero: there is no such place */
	vmalock_u64 ns;
};

/* Places at which it slept that are told apart. */
#define VMALOCK_HOLD_SLEEPS 4

/* How holds of mmap_lock passed; the task ran for the rest of the time. */
struct vmalock_hold_course {
	vmalock_u64 count;		/* holds that were followed from begin to end */
	vmalock_u64 ns;			/* that they lasted */
	vmalock_u64 runnable_ns;	/* of it, without a CPU */
	vmalock_u64 asleep_ns;		/* of it, at all places */
	vmalock_u64 reclaim_ns;		/* of it, in reclaim: running, asleep or without a CPU */
	struct vmalock_hold_sleep sleeps[VMALOCK_HOLD_SLEEPS];
};

/* Of one call site; the times are those of its holds that had victims. */
struct vmalock_writer_holds {
	char comm[VMALOCK_COMM_LEN];	/* the thread's */
	struct vmalock_times held;
};

/* Holds to write, or to read, of one call site. */
struct vmalock_hold_key {
	struct vmalock_writer holder;
	vmalock_u32 reads;
	vmalock_u32 reserved;		/* zero: the key is hashed as bytes */
};

/* Those that refused VMA locks or were waited for. */
struct vmalock_followed_holds {
	vmalock_u32 lock;		/* a bpf_spin_lock: nobody sees them half added */
	vmalock_u32 reserved;
	struct vmalock_hold_course spent;
	struct vmalock_hold_course longest;	/* of these, the one that lasted longest, */
	vmalock_u64 longest_end_ns;	/* which ended then, since boot */
};

/*
 * A task was blocked on mmap_lock, and @holder had it meanwhile; all zero but the state,
 * which is GONE, if nobody is known to have had it.
 */
struct vmalock_lock_wait_key {
	struct vmalock_writer holder;
	struct vmalock_process_key waiter;
	vmalock_u32 what;		/* enum vmalock_time: how it was blocked */
	vmalock_u32 holder_reads;	/* it had the lock to read */
	vmalock_u32 memory_of;		/* the process whose lock it is, 0: the waiter's own */
	vmalock_u32 reserved;		/* zero: the key is hashed as bytes */
};

struct vmalock_lock_wait {
	vmalock_u64 count;		/* holds in the way; of nobody: waits */
	vmalock_u64 ns;			/* of waits that passed in them */
	vmalock_u64 longest_ns;		/* of one hold, in one wait, */
	vmalock_u64 longest_end_ns;	/* which ended then, since boot */
};

/* Different victims of one hold that are told apart; a power of two. */
#define VMALOCK_NOTES 16

/* A write lock of mmap_lock that goes on, and whom it has refused a VMA lock so far. */
struct vmalock_hold {
	struct vmalock_writer writer;
	char comm[VMALOCK_COMM_LEN];	/* the thread's */
	vmalock_u64 held_ns;		/* so far */
	vmalock_u64 stack[VMALOCK_STACK_FRAMES];	/* zero: it was running */
	struct {
		struct vmalock_victim victim;
		vmalock_u64 aborts;	/* zero: none */
	} notes[VMALOCK_NOTES];
};

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_writer) == 40);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_victim) == 48);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_blame_key) == 88);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_lock_wait_key) == 72);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_lock_wait) == 32);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_hold_sleep) == 24);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_hold_course) == 40 + 24 * VMALOCK_HOLD_SLEEPS);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_writer_holds) == 16 + 8 + 8 * VMALOCK_WAIT_BUCKETS);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_hold_key) == 48);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_followed_holds) ==
		   16 + 2 * sizeof(struct vmalock_hold_course));
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_hold, notes) == 320);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_hold) == 320 + 56 * VMALOCK_NOTES);

#endif /* VMALOCK_UAPI_WRITER_RECORDS_H */
