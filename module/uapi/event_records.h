/* SPDX-License-Identifier: GPL-2.0-only */
/* event_records.h - one event, as it is sent. */
#ifndef VMALOCK_UAPI_EVENT_RECORDS_H
#define VMALOCK_UAPI_EVENT_RECORDS_H

#include "uapi/count_records.h"
#include "uapi/processes.h"
#include "uapi/types.h"

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

VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_event, tid) == 56);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_event, name) == 80);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_event) == 152);

#endif /* VMALOCK_UAPI_EVENT_RECORDS_H */
