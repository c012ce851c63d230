/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalock_abi.h - every record that crosses kernel, BPF and user space.
 *
 * Declared here once, included by the C boundary, the freestanding C++ core,
 * the BPF programs and the tool. All types have fixed width, all padding is
 * explicit, and the assertions at the end are compiled on all four sides, so
 * a disagreement stops the build instead of shifting a field.
 *
 * Needs no other header: BPF and freestanding C++ have none to offer.
 */
#ifndef VMALOCK_ABI_H
#define VMALOCK_ABI_H

#define VMALOCK_ABI_VERSION 2

typedef __UINT32_TYPE__ vmalock_u32;
typedef __UINT64_TYPE__ vmalock_u64;

#define VMALOCK_COMM_LEN 16
#define VMALOCK_FILE_LEN 40

/*
 * How one call of a helper ended. Indexes the per-CPU counters that the module
 * keeps for each caller and prints in /sys/kernel/debug/vmalock/stats.
 */
enum vmalock_outcome {
	/* of the waiting helpers */
	VMALOCK_OUTCOME_FAST,		/* locked on the RCU fast path */
	VMALOCK_OUTCOME_WAITED,		/* locked after waiting for a writer */
	VMALOCK_OUTCOME_UNMAPPED,	/* nothing is mapped at the address */
	VMALOCK_OUTCOME_INTERRUPTED,	/* a fatal signal ended the wait */
	VMALOCK_OUTCOME_SATURATED,	/* the reader count is at its limit */
	/* of the trylock */
	VMALOCK_OUTCOME_TRYLOCK,	/* locked */
	VMALOCK_OUTCOME_REFUSED,	/* not locked, for whatever reason */
	VMALOCK_OUTCOME_NR,
};

/*
 * Calls are counted by the module that made them. The modules that come when
 * all places are taken share the last one, which has no name.
 */
#define VMALOCK_CALLERS 16

/* Waits are counted by their length: bucket n from 2^n ns to twice that. */
#define VMALOCK_WAIT_BUCKETS 40

/*
 * Why lock_vma_under_rcu() returned NULL, read from the VMA right after it
 * did. The writer may have moved on by then, hence GONE and UNREADABLE.
 */
enum vmalock_abort_reason {
	VMALOCK_ABORT_UNMAPPED,		/* the maple tree holds no VMA there */
	VMALOCK_ABORT_WRITE_LOCKED,	/* vm_lock_seq == mm_lock_seq */
	VMALOCK_ABORT_READERS_EXCLUDED,	/* a writer is draining the readers */
	VMALOCK_ABORT_MOVED,		/* the range no longer covers it */
	VMALOCK_ABORT_DETACHED,		/* unlinked from the tree */
	VMALOCK_ABORT_OTHER_MM,		/* the VMA was reused by another mm */
	VMALOCK_ABORT_SATURATED,	/* the reader count is at its limit */
	VMALOCK_ABORT_GONE,		/* lockable again when we looked */
	VMALOCK_ABORT_UNREADABLE,	/* the tree changed under our walk */
	VMALOCK_ABORT_REASON_NR,
};

/* What the tracer counts apart: `vmalock stat --by`. */
enum vmalock_by {
	VMALOCK_BY_PROCESS,
	VMALOCK_BY_THREAD,
	VMALOCK_BY_MAPPING,
	VMALOCK_BY_CPU,
	VMALOCK_BY_MACHINE,		/* nothing */
	VMALOCK_BY_NR,
};

/*
 * One process as the tracer counts it. The start time keeps a reused process
 * id apart from its predecessor. A thread is named alike, by its own id.
 */
struct vmalock_process_key {
	vmalock_u32 tgid;
	vmalock_u32 reserved;		/* zero: the key is hashed as bytes */
	vmalock_u64 start_ns;		/* group leader's start_boottime */
};

/* What a mapping maps, as /proc/PID/maps would tell. */
enum vmalock_mapping_kind {
	VMALOCK_MAPPING_NONE,		/* there is no mapping, or no longer */
	VMALOCK_MAPPING_ANONYMOUS,
	VMALOCK_MAPPING_HEAP,
	VMALOCK_MAPPING_STACK,
	VMALOCK_MAPPING_SPECIAL,	/* the kernel's own, such as the vDSO */
	VMALOCK_MAPPING_FILE,
	VMALOCK_MAPPING_KIND_NR,
};

/* One mapping of a process. It may grow at its end and stays the same. */
struct vmalock_mapping_key {
	vmalock_u64 anchor;		/* vm_start; where heap or stack began */
	vmalock_u64 inode;		/* of the file, else 0 */
	vmalock_u32 device;		/* of its file system: major << 20 | minor */
	vmalock_u32 kind;		/* enum vmalock_mapping_kind */
};

/* Whose events have counts of their own. What is not counted apart is zero. */
struct vmalock_group_key {
	struct vmalock_process_key process;	/* by process, thread, mapping */
	struct vmalock_process_key thread;	/* by thread */
	struct vmalock_mapping_key mapping;	/* by mapping */
	vmalock_u32 cpu;			/* by CPU */
	vmalock_u32 reserved;		/* zero: the key is hashed as bytes */
};

/* What the tracer knows of a group, besides who it is. */
struct vmalock_group {
	vmalock_u32 slot;		/* of its counts */
	vmalock_u32 reserved;
	vmalock_u64 start, end;		/* of the mapping when last seen */
	char file[VMALOCK_FILE_LEN];	/* its name without folders, cut to fit */
};

/* Faults of one group on one CPU; named as the kernel's vmstat counters. */
struct vmalock_counts {
	vmalock_u64 success;		/* handle_mm_fault(), VMA lock, no retry */
	vmalock_u64 success_access;	/* bad_area_access_error(), VMA lock */
	vmalock_u64 retry;		/* handle_mm_fault(), VMA lock, retry */
};

/*
 * Aborts are counted for every caller of lock_vma_under_rcu(), as the kernel
 * does, but kept apart by the caller's return address.
 */
struct vmalock_abort_key {
	struct vmalock_group_key group;
	vmalock_u64 caller;		/* kernel text address, 0 if unknown */
	vmalock_u32 reason;		/* enum vmalock_abort_reason */
	vmalock_u32 reserved;		/* zero: the key is hashed as bytes */
};

/*
 * Why a fault did not end under a VMA lock although none was refused: it had
 * the lock and came back with VM_FAULT_RETRY, or it never asked for one.
 */
enum vmalock_fallback {
	VMALOCK_RETRY_IO,		/* the page is on disk or in swap */
	VMALOCK_RETRY_PAGE,		/* somebody locks the page, or reads it in */
	VMALOCK_RETRY_USERFAULTFD,	/* user space is to fill the page */
	VMALOCK_RETRY_ANON_VMA,		/* the first anon_vma needs mmap_lock */
	VMALOCK_RETRY_HANDLER,		/* the fault handler needs mmap_lock */
	VMALOCK_RETRY_OTHER,
	VMALOCK_RETRY_GONE,		/* the VMA was gone when we looked */
	VMALOCK_BYPASS_KERNEL,		/* the kernel's own access, copy_to_user() */
	VMALOCK_BYPASS_GUP,		/* get_user_pages(): no access at all */
	VMALOCK_FALLBACK_NR,
};

#define VMALOCK_FIRST_BYPASS VMALOCK_BYPASS_KERNEL

struct vmalock_fallback_key {
	struct vmalock_group_key group;
	vmalock_u32 cause;		/* enum vmalock_fallback */
	vmalock_u32 reserved;		/* zero: the key is hashed as bytes */
};

/*
 * How much is known of the writer that was in the way of an abort. Of the first it
 * is the writer's own account, of the last what it was found doing; the others are
 * the victim's word: it read the owner of mmap_lock.
 */
enum vmalock_writer_state {
	VMALOCK_WRITER_SEEN,		/* by itself, as it let go: all is known */
	VMALOCK_WRITER_LEFT,		/* let go before the victim had noted it */
	VMALOCK_WRITER_UNSEEN,		/* had mmap_lock before it was traced */
	VMALOCK_WRITER_CROWDED,		/* had too many different victims at once */
	VMALOCK_WRITER_GONE,		/* nobody held mmap_lock any more */
	VMALOCK_WRITER_HOLDING,		/* has not let go yet */
	VMALOCK_WRITER_STATE_NR,
};

#define VMALOCK_STACK_FRAMES 32

#define VMALOCK_SYSCALL_NONE	0xffffffffu	/* a page fault, a kernel thread */
#define VMALOCK_SYSCALL_COMPAT	0x80000000u	/* by the numbers of 32-bit programs */
#define VMALOCK_STACK_NONE	0xffffffffu

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

/* Times by their length, in the same buckets as waits. */
struct vmalock_times {
	vmalock_u64 total_ns;
	vmalock_u64 buckets[VMALOCK_WAIT_BUCKETS];
};

/* Of one call site; the times are those of its holds that had victims. */
struct vmalock_writer_holds {
	char comm[VMALOCK_COMM_LEN];	/* the thread's */
	struct vmalock_times held;
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

/* What is timed of a process: its mmap_lock, and its faults by their path. */
enum vmalock_time {
	VMALOCK_MMAP_WRITE_HELD,	/* any mm's, by threads of the process */
	VMALOCK_MMAP_READ_FAULT,	/* blocked on its own, in a page fault */
	VMALOCK_MMAP_READ_OTHER,
	VMALOCK_MMAP_WRITE_FAULT,	/* a stack that must grow */
	VMALOCK_MMAP_WRITE_OTHER,
	VMALOCK_FAULT_VMA_LOCK,		/* under the VMA lock, to the end */
	VMALOCK_FAULT_RETRIED,		/* from there, and again with mmap_lock */
	VMALOCK_FAULT_ABORTED,		/* refused the VMA lock, then with mmap_lock */
	VMALOCK_FAULT_BYPASSED,		/* with mmap_lock from the start */
	VMALOCK_TIME_NR,
};

#define VMALOCK_FIRST_FAULT_TIME VMALOCK_FAULT_VMA_LOCK

struct vmalock_time_key {
	struct vmalock_process_key process;
	vmalock_u32 what;		/* enum vmalock_time */
	vmalock_u32 reserved;		/* zero: the key is hashed as bytes */
};

/* Why something the tracer should have counted was not. */
enum vmalock_loss {
	VMALOCK_LOSS_COUNTS_FULL,	/* faults: no room for the group */
	VMALOCK_LOSS_ABORTS_FULL,	/* aborts: no room for caller and reason */
	VMALOCK_LOSS_TARGETS_FULL,	/* children not followed: no room */
	VMALOCK_LOSS_FALLBACKS_FULL,	/* fallbacks: no room for the cause */
	VMALOCK_LOSS_BLAMES_FULL,	/* writers: no room for writer and victim */
	VMALOCK_LOSS_STACKS_FULL,	/* writers: no room for a stack */
	VMALOCK_LOSS_TIMES_FULL,	/* times: no room for the process */
	VMALOCK_LOSS_TASKS_FULL,	/* writers, waits, times: no memory for the task */
	VMALOCK_LOSS_WAITING_FULL,	/* waits: too many writers wait at once */
	VMALOCK_LOSS_WAITS_FULL,	/* waits: not fetched in time */
	VMALOCK_LOSS_RETURNS,		/* exact mode: no room to see the return */
	VMALOCK_LOSS_EVENTS_FULL,	/* events: not fetched in time */
	VMALOCK_LOSS_NR,
};

/* One thread, under the name it had then. */
struct vmalock_task {
	vmalock_u32 pid;		/* thread group id */
	vmalock_u32 tid;
	char name[VMALOCK_COMM_LEN];
};

/*
 * A thread that was off the CPU while a writer waited, with a pointer to the
 * VMA on its kernel stack. It holds the read lock, has let go of it or only
 * once had the pointer: its stack tells.
 */
struct vmalock_holder {
	struct vmalock_task task;
	vmalock_u64 address;		/* that it faulted on, 0: no fault */
	vmalock_u64 last_ns;		/* into the wait: when last seen so */
	vmalock_u64 stack[VMALOCK_STACK_FRAMES];	/* return addresses */
};

/* The reader whose release ended the wait. All zero: not seen. */
struct vmalock_releaser {
	struct vmalock_task task;
	vmalock_u64 stack[VMALOCK_STACK_FRAMES];
	vmalock_u64 user_stack[VMALOCK_STACK_FRAMES];
};

#define VMALOCK_MAPPING_LEN 32
#define VMALOCK_HOLDERS 8

/* What the writer was about. */
enum vmalock_wait_kind {
	VMALOCK_WAIT_WRITE,		/* to lock the VMA: vma_start_write() */
	VMALOCK_WAIT_DETACH,		/* to take it out of the address space */
	VMALOCK_WAIT_KIND_NR,
};

/*
 * One wait of a writer for the readers of a VMA, sent when it is over, and while it
 * goes on if user space asks.
 */
struct vmalock_wait {
	struct vmalock_process_key process;	/* the writer's */
	struct vmalock_task writer;
	vmalock_u32 system_call;	/* ~0: none */
	vmalock_u32 kind;		/* enum vmalock_wait_kind */
	vmalock_u64 began_ns;		/* since boot, without suspend */
	vmalock_u64 waited_ns;
	vmalock_u64 vm_start;
	vmalock_u64 vm_end;
	vmalock_u32 readers;		/* that held the lock as it began */
	vmalock_u32 found;		/* in holders, or more than fit there */
	vmalock_u32 interrupted;	/* a fatal signal ended it */
	vmalock_u32 goes_on;		/* waited_ns is so far, and nobody has released it */
	char mapping[VMALOCK_MAPPING_LEN];	/* the file's name, or empty */
	vmalock_u64 stack[VMALOCK_STACK_FRAMES];
	struct vmalock_releaser releaser;
	struct vmalock_holder holders[VMALOCK_HOLDERS];
};

/* What is traced as it happens: `vmalock trace`. */
enum vmalock_event_kind {
	VMALOCK_EVENT_ABORT,
	VMALOCK_EVENT_RETRY,
	VMALOCK_EVENT_BYPASS,
	VMALOCK_EVENT_WAIT,		/* sent as struct vmalock_wait */
	VMALOCK_EVENT_KIND_NR,
};

/* One abort, retry or bypass, sent when it is counted. */
struct vmalock_event {
	struct vmalock_process_key process;
	vmalock_u64 time_ns;		/* since boot, without suspend */
	vmalock_u64 address;
	vmalock_u64 caller;		/* of an abort: kernel text address, 0 if unknown */
	vmalock_u64 vm_start;		/* the mapping as it was found, zero if */
	vmalock_u64 vm_end;		/* it was not */
	vmalock_u32 tid;
	vmalock_u32 cpu;
	vmalock_u32 kind;		/* enum vmalock_event_kind */
	vmalock_u32 reason;		/* enum vmalock_abort_reason, vmalock_fallback */
	vmalock_u32 mapping;		/* enum vmalock_mapping_kind */
	vmalock_u32 reserved;
	char name[VMALOCK_COMM_LEN];	/* the process's */
	char thread_name[VMALOCK_COMM_LEN];
	char file[VMALOCK_FILE_LEN];	/* its name without folders, cut to fit */
};

#ifdef __cplusplus
#define VMALOCK_ABI_ASSERT(condition) static_assert(condition, #condition)
#else
#define VMALOCK_ABI_ASSERT(condition) _Static_assert(condition, #condition)
#endif

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_process_key) == 16);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_mapping_key) == 24);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_group_key) == 64);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_group_key, cpu) == 56);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_group) == 64);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_group, file) == 24);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_counts) == 24);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_abort_key) == 80);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_abort_key, caller) == 64);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_fallback_key) == 72);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_writer) == 40);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_victim) == 48);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_blame_key) == 88);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_times) == 8 + 8 * VMALOCK_WAIT_BUCKETS);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_writer_holds) == 16 + 8 + 8 * VMALOCK_WAIT_BUCKETS);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_hold, notes) == 320);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_hold) == 320 + 56 * VMALOCK_NOTES);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_time_key) == 24);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_task) == 24);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_holder) == 296);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_releaser) == 536);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_wait, stack) == 128);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_wait) == 3288);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_event, tid) == 56);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_event, name) == 80);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_event) == 152);

#endif /* VMALOCK_ABI_H */
