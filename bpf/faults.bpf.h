/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * faults.bpf.h - how the faults of a process under the VMA lock ended.
 *
 * Success and retry are counted by the kernel in the middle of the
 * architecture's fault handler, where there is nothing to attach to. They
 * follow from what the functions it calls return:
 *
 *   handle_mm_fault() under the VMA lock said RETRY	retry
 *   handle_mm_fault() under the VMA lock said else	success
 *   bad_area_access_error() without an mm		success: the access was
 *							not allowed, and the VMA
 *							lock sufficed to tell
 */
#ifndef VMALOCK_FAULTS_BPF_H
#define VMALOCK_FAULTS_BPF_H

#include "detours.bpf.h"
#include "losses.bpf.h"
#include "processes.bpf.h"
#include "uapi/vmalock_abi.h"

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
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct vmalock_process_counts *counts;

	if (!(flags & bpf_core_enum_value(enum fault_flag, FAULT_FLAG_VMA_LOCK))) {
		count_bypass(task, flags, regs);
		return 0;
	}
	counts = current_counts();
	if (!counts)
		return 0;
	if (!(result & bpf_core_enum_value(enum vm_fault_reason, VM_FAULT_RETRY))) {
		counts->success++;
		return 0;
	}
	counts->retry++;
	count_detour(task, retry_cause(task, vma, address, result));
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

#endif /* VMALOCK_FAULTS_BPF_H */
