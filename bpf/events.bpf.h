/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * events.bpf.h - a record of each abort, retry and bypass as it happens.
 *
 * Events are sent from the place where they are counted, so a fault that succeeds
 * costs nothing more. A run that wants no events has none of this code.
 */
#ifndef VMALOCK_EVENTS_BPF_H
#define VMALOCK_EVENTS_BPF_H

#include "losses.bpf.h"
#include "groups.bpf.h"
#include "uapi/count_records.h"
#include "uapi/event_records.h"
#include "uapi/events.h"
#include "uapi/groups.h"
#include "uapi/losses.h"

/* Set before loading: a bit for each reason whose events are sent. */
const volatile __u32 abort_events;	/* 1 << enum vmalock_abort_reason */
const volatile __u32 fallback_events;	/* 1 << enum vmalock_fallback */

/* struct vmalock_event; room for some 26,000. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 22);
} events SEC(".maps");

/* Two looks at a constant: at zero the first lets the verifier drop what follows. */
static __always_inline bool is_sent(const volatile __u32 *reasons, __u32 reason)
{
	return *reasons && *reasons & 1U << reason;
}

static __noinline void send_event(struct vm_area_struct *vma, unsigned long address,
				  __u64 caller, enum vmalock_event_kind kind, __u32 reason)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct vmalock_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	struct vmalock_mapping_key mapping = {};
	struct vmalock_group where = {};

	if (!event) {
		count_loss(VMALOCK_LOSS_EVENTS_FULL);
		return;
	}
	if (vma)
		describe_mapping(task, vma, address, &mapping, &where);
	if (mapping.kind == VMALOCK_MAPPING_FILE)
		name_file(vma, &where);
	event->process = process_key(task);
	event->time_ns = bpf_ktime_get_ns();
	event->address = address;
	event->caller = caller;
	event->vm_start = where.start;
	event->vm_end = where.end;
	event->tid = task->pid;
	event->cpu = bpf_get_smp_processor_id();
	event->kind = kind;
	event->reason = reason;
	event->mapping = mapping.kind;
	event->reserved = 0;
	bpf_core_read_str(event->name, sizeof(event->name), &task->group_leader->comm);
	bpf_core_read_str(event->thread_name, sizeof(event->thread_name), &task->comm);
	__builtin_memcpy(event->file, where.file, sizeof(event->file));
	bpf_ringbuf_submit(event, 0);
}

#endif /* VMALOCK_EVENTS_BPF_H */
