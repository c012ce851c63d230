/* SPDX-License-Identifier: GPL-2.0-only */
/* blocked_records.h - contended address spaces, and the tasks in and around them. */
#ifndef VMALOCK_UAPI_BLOCKED_RECORDS_H
#define VMALOCK_UAPI_BLOCKED_RECORDS_H

#include "uapi/blocked.h"
#include "uapi/processes.h"
#include "uapi/stacks.h"
#include "uapi/types.h"

/*
 * An address space whose mmap_lock somebody waits for, or has to write. mm is what it is
 * known by: the address of its struct mm_struct.
 */
struct vmalock_contended_mm {
	vmalock_u64 mm;
	struct vmalock_task process;	/* one whose address space it is */
	vmalock_u32 owner_tid;		/* 0: none, or gone */
	vmalock_u32 owner_reads;	/* it took it to read last, and may be gone */
	vmalock_u32 readers;		/* counted, that have mmap_lock */
	vmalock_u32 more_queued;	/* there were more than are looked at */
	vmalock_u32 own_pid;		/* the process's, in the PID namespace of who asks */
	vmalock_u32 reserved;
};

#define VMALOCK_FILE_NAME_LEN 32

/* A VMA whose readers are waited for. */
struct vmalock_blocked_vma {
	vmalock_u64 vma;	/* what it is known by, 0: none */
	vmalock_u64 start;
	vmalock_u64 end;
	vmalock_u64 readers;	/* counted, that have its lock */
	char file[VMALOCK_FILE_NAME_LEN];	/* the file's name, or empty */
};

/* A VMA of a contended address space that a pointer on a task's stack points to. */
struct vmalock_met_vma {
	vmalock_u64 vma;
	vmalock_u64 mm;
	vmalock_u64 address;	/* that it faulted on under the VMA lock, 0: not seen */
	vmalock_u32 fuse_connection;	/* its file is on, 0: none */
	vmalock_u32 reserved;
};

#define VMALOCK_MET_VMAS 4
#define VMALOCK_MET_MMS 2
#define VMALOCK_OWNED_LOCKS 4

/* Another lock that a task sleeps on. */
struct vmalock_awaited_lock {
	vmalock_u64 lock;	/* what it is known by, 0: none */
	vmalock_u32 kind;	/* enum vmalock_lock_kind */
	vmalock_u32 owner_tid;	/* who has it alone, 0: nobody, or readers */
};

/* A task that waits for one of these locks, or may have one. */
struct vmalock_blocked_task {
	struct vmalock_task task;
	vmalock_u32 own_pid;		/* in the PID namespace of who asks */
	vmalock_u32 system_call;	/* VMALOCK_SYSCALL_NONE: none */
	vmalock_u32 run_state;		/* enum vmalock_run_state */
	vmalock_u32 cpu;		/* that it runs on, or did last */
	vmalock_u32 waits_for;		/* enum vmalock_waits_for */
	vmalock_u32 in_fault;		/* it came from user space by an exception */
	vmalock_u64 off_cpu_ns;		/* at least so long it has not run */
	vmalock_u64 mm;			/* its own, 0: none */
	vmalock_u64 waits_mm;		/* whose lock, if it waits for one */
	vmalock_u64 owns_mm;		/* whose mmap_lock it has to write, 0: none */
	vmalock_u64 met_mms[VMALOCK_MET_MMS];	/* on its stack; 0: none */
	struct vmalock_met_vma met_vmas[VMALOCK_MET_VMAS];
	struct vmalock_blocked_vma waits_vma;	/* if it waits for readers */
	struct vmalock_awaited_lock sleeps_on;
	vmalock_u64 owns_locks[VMALOCK_OWNED_LOCKS];	/* that others sleep on; 0: none */
	vmalock_u64 stack[VMALOCK_STACK_FRAMES];	/* return addresses */
};

/*
 * A process that has the device of a FUSE connection open, and so can answer its requests.
 * The kernel names connections by a number: /sys/fs/fuse/connections/NUMBER.
 */
struct vmalock_fuse_server {
	struct vmalock_task process;
	vmalock_u32 connection;
	vmalock_u32 reserved;
};

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_contended_mm) == 56);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_blocked_vma) == 64);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_met_vma) == 32);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_blocked_task, off_cpu_ns) == 48);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_awaited_lock) == 16);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_blocked_task) == 592);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_fuse_server) == 32);

#endif /* VMALOCK_UAPI_BLOCKED_RECORDS_H */
