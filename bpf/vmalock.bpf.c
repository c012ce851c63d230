// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmalock.bpf.c - count the VMA_LOCK events of vmstat, by process.
 *
 * Where the kernel counts an event there is nothing to attach to: success and
 * retry are counted in the middle of the architecture's fault handler. They
 * follow from what the functions it calls return:
 *
 *   lock_vma_under_rcu() returned NULL			abort, for any caller
 *   handle_mm_fault() under the VMA lock said RETRY	retry
 *   handle_mm_fault() under the VMA lock said else	success
 *   bad_area_access_error() without an mm		success: the access was
 *							not allowed, and the VMA
 *							lock sufficed to tell
 *
 * An fexit program is skipped on a CPU where the same program was preempted.
 * The kernel counts these misses by program; user space reads and shows them.
 */
#include "kernel_types.h"
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "abort_reason.bpf.h"
#include "losses.bpf.h"
#include "processes.bpf.h"
#include "uapi/vmalock_abi.h"

#define MAX_ABORT_KEYS	65536
/* endbr64 and the call that the trampoline returns to */
#define TRACED_PROLOGUE	16

char LICENSE[] SEC("license") = "GPL";

/*
 * Faults, by process and CPU. Each field is written by one program only, and
 * a program does not interrupt itself on its CPU, so plain adds suffice.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, MAX_PROCESSES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_process_key);
	__type(value, struct vmalock_process_counts);
} faults SEC(".maps");

/* Aborts are rare enough to be shared between CPUs and counted atomically. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ABORT_KEYS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_abort_key);
	__type(value, __u64);
} aborts SEC(".maps");

static __always_inline struct vmalock_process_counts *current_counts(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct vmalock_process_key key = process_key(task);
	static const struct vmalock_process_counts none;
	struct vmalock_process_counts *counts;

	/* Who has an entry was found to be a target once, which saves a lookup. */
	counts = bpf_map_lookup_elem(&faults, &key);
	if (counts)
		return counts;
	if (!is_target(key.tgid))
		return NULL;

	/* Another CPU may be first: both find the same entry afterwards. */
	bpf_map_update_elem(&faults, &key, &none, BPF_NOEXIST);
	set_name(task, &key);
	counts = bpf_map_lookup_elem(&faults, &key);
	if (!counts)
		count_loss(VMALOCK_LOSS_COUNTS_FULL);
	return counts;
}

SEC("fexit/handle_mm_fault")
int BPF_PROG(handle_mm_fault_exit, struct vm_area_struct *vma, unsigned long address,
	     unsigned int flags, struct pt_regs *regs, unsigned int result)
{
	struct vmalock_process_counts *counts;

	if (!(flags & bpf_core_enum_value(enum fault_flag, FAULT_FLAG_VMA_LOCK)))
		return 0;
	counts = current_counts();
	if (!counts)
		return 0;
	if (result & bpf_core_enum_value(enum vm_fault_reason, VM_FAULT_RETRY))
		counts->retry++;
	else
		counts->success++;
	return 0;
}

SEC("fexit/bad_area_access_error")
int BPF_PROG(bad_area_access_error_exit, struct pt_regs *regs, unsigned long error_code,
	     unsigned long address, struct mm_struct *mm)
{
	struct vmalock_process_counts *counts;

	if (mm)
		return 0;
	counts = current_counts();
	if (counts)
		counts->success_access++;
	return 0;
}

/*
 * Who called the traced function. The unwinder comes through this program and
 * its trampoline, and on 6.12 through the traced function too, before it gets
 * to the caller.
 */
static __always_inline __u64 caller_of(void *ctx)
{
	__u64 traced = bpf_get_func_ip(ctx);
	__u64 frames[2] = {};

	if (bpf_get_stack(ctx, frames, sizeof(frames), 2) < 0)
		return 0;
	return frames[0] - traced < TRACED_PROLOGUE ? frames[1] : frames[0];
}

SEC("fexit/lock_vma_under_rcu")
int BPF_PROG(lock_vma_under_rcu_exit, struct mm_struct *mm, unsigned long address,
	     struct vm_area_struct *vma)
{
	struct task_struct *task;
	struct vmalock_abort_key key = {};
	__u64 *count, zero = 0;

	if (vma)
		return 0;
	task = (struct task_struct *)bpf_get_current_task_btf();
	key.process = process_key(task);
	if (!is_target(key.process.tgid))
		return 0;
	key.reason = abort_reason(mm, address);
	key.caller = caller_of(ctx);

	count = bpf_map_lookup_elem(&aborts, &key);
	if (!count) {
		bpf_map_update_elem(&aborts, &key, &zero, BPF_NOEXIST);
		set_name(task, &key.process);
		count = bpf_map_lookup_elem(&aborts, &key);
	}
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		count_loss(VMALOCK_LOSS_ABORTS_FULL);
	return 0;
}
