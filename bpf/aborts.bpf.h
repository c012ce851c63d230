/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aborts.bpf.h - refused VMA locks: the process that was refused, and why.
 *
 * An abort is a return of NULL by lock_vma_under_rcu(), to any caller. Everything
 * here runs on that path only: a lock that was granted costs no more than the call
 * of the program.
 */
#ifndef VMALOCK_ABORTS_BPF_H
#define VMALOCK_ABORTS_BPF_H

#include "abort_reason.bpf.h"
#include "counters.bpf.h"
#include "events.bpf.h"
#include "groups.bpf.h"
#include "lock_entry.bpf.h"
#include "writers.bpf.h"
#include "uapi/count_records.h"
#include "uapi/events.h"
#include "uapi/losses.h"

#define MAX_ABORT_KEYS	65536
/* endbr64 and the call that the trampoline returns to */
#define TRACED_PROLOGUE	16

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ABORT_KEYS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_abort_key);
	__type(value, __u64);
} aborts SEC(".maps");

/*
 * Who called the traced function. The unwinder comes through this function and the
 * next, the program and its trampoline, on 6.16 through one frame more, and on all but
 * the newest through the traced function too, before it gets to the caller. The next is
 * a function of its own so that the program does not save registers when it need not
 * call it.
 */
static __noinline __u64 caller_of(void *ctx)
{
	__u64 traced = bpf_get_func_ip(ctx);
	__u64 frames[3] = {};

	if (bpf_get_stack(ctx, frames, sizeof(frames), 4) < 0)
		return 0;
	for (int i = 0; i < 2; i++)
		if (frames[i] - traced < TRACED_PROLOGUE)
			return frames[i + 1];
	return frames[0];
}

/*
 * lock_vma_under_rcu(@mm, @address) returned NULL to @caller, or who is found by @ctx if
 * that is 0. Who was in the way is asked first: to unwind a stack takes time.
 */
static __noinline void count_abort(void *ctx, struct mm_struct *mm, unsigned long address,
				   __u64 caller)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct vmalock_group group = {};
	struct vmalock_abort_key key = {};
	struct found_writer writer = {};
	struct vm_area_struct *vma;

	if (!is_target(task))
		return;
	if (trace_writers)
		find_writer(mm, lock_entered_ns(), bpf_ktime_get_ns(), &writer);
	key.reason = abort_reason(mm, address, &vma);
	key.caller = caller ? caller : caller_of(ctx);
	if (trace_writers) {
		note_target_memory(mm_address(mm));
		blame_writer(&writer, mm, &key, vma);
	}
	if (is_sent(&abort_events, key.reason))
		send_event(vma, address, key.caller, VMALOCK_EVENT_ABORT, key.reason);
	describe_group(task, vma, address, &key.group, &group);

	if (add_to(&aborts, VMALOCK_TABLE_ABORTS, &key, 1, VMALOCK_LOSS_ABORTS_FULL))
		make_group_known(vma, address);
}

SEC("fexit/lock_vma_under_rcu")
int BPF_PROG(lock_vma_under_rcu_exit, struct mm_struct *mm, unsigned long address,
	     struct vm_area_struct *vma)
{
	if (!vma)
		count_abort(ctx, mm, address, 0);
	return 0;
}

#endif /* VMALOCK_ABORTS_BPF_H */
