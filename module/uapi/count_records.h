/* SPDX-License-Identifier: GPL-2.0-only */
/* count_records.h - what the tracer counts, and by which keys. */
#ifndef VMALOCK_UAPI_COUNT_RECORDS_H
#define VMALOCK_UAPI_COUNT_RECORDS_H

#include "uapi/processes.h"
#include "uapi/types.h"

#define VMALOCK_FILE_LEN 40
#define VMALOCK_CGROUP_LEN 256

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
	char comm[VMALOCK_COMM_LEN];	/* by comm: zeros behind the name */
	vmalock_u64 cgroup;		/* by cgroup: its id in the default hierarchy */
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

/* A cgroup with events, and those above it. No id is used again. */
struct vmalock_cgroup {
	vmalock_u64 parent;		/* id, 0 above the root, ~0 for a moment */
	vmalock_u32 removed;		/* nothing can be counted in it any more */
	vmalock_u32 reserved;
	char name[VMALOCK_CGROUP_LEN];	/* of its folder */
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

struct vmalock_fallback_key {
	struct vmalock_group_key group;
	vmalock_u32 cause;		/* enum vmalock_fallback */
	vmalock_u32 reserved;		/* zero: the key is hashed as bytes */
};

struct vmalock_time_key {
	struct vmalock_process_key process;
	vmalock_u32 what;		/* enum vmalock_time */
	vmalock_u32 reserved;		/* zero: the key is hashed as bytes */
};

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_mapping_key) == 24);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_group_key) == 88);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_group_key, comm) == 56);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_group_key, cpu) == 80);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_cgroup) == 16 + VMALOCK_CGROUP_LEN);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_group) == 64);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_group, file) == 24);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_counts) == 24);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_abort_key) == 104);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_abort_key, caller) == 88);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_fallback_key) == 96);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_time_key) == 24);

#endif /* VMALOCK_UAPI_COUNT_RECORDS_H */
