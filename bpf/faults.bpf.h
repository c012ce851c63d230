/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * faults.bpf.h - how faults under the VMA lock ended.
 *
 * Success and retry are counted by the kernel in the middle of the
 * architecture's fault handler, where there is nothing to attach to. They
 * follow from what the functions it calls return:
 *
 *   handle_mm_fault() under the VMA lock: RETRY	retry
 *   handle_mm_fault() under the VMA lock: all else	success
 *   bad_area_access_error() without an mm		success: the access was
 *							not allowed, and the VMA
 *							lock sufficed to see it
 */
#ifndef VMALOCK_FAULTS_BPF_H
#define VMALOCK_FAULTS_BPF_H

#include "fallbacks.bpf.h"
#include "groups.bpf.h"
#include "uapi/count_records.h"

static __always_inline bool under_vma_lock(unsigned int flags)
{
	return flags & bpf_core_enum_value(enum fault_flag, FAULT_FLAG_VMA_LOCK);
}

/*
 * handle_mm_fault(@vma, @address) under the VMA lock returned @result. @vma is
 * NULL where it is not known any more.
 */
static __always_inline void count_result(__u32 slot, struct vm_area_struct *vma,
					 unsigned long address, unsigned int flags,
					 unsigned int result)
{
	struct vmalock_counts *counts = counts_in(slot);

	if (!counts)
		return;
	if (!(result & bpf_core_enum_value(enum vm_fault_reason, VM_FAULT_RETRY))) {
		counts->success++;
		return;
	}
	counts->retry++;
	count_retry(vma, address, flags, result);
}

static __always_inline void count_access_error(__u32 slot)
{
	struct vmalock_counts *counts = counts_in(slot);

	if (counts)
		counts->success_access++;
}

SEC("fexit/handle_mm_fault")
int BPF_PROG(handle_mm_fault_exit, struct vm_area_struct *vma, unsigned long address,
	     unsigned int flags, struct pt_regs *regs, unsigned int result)
{
	if (under_vma_lock(flags))
		count_result(last_thread_slot(vma, address), vma, address, flags, result);
	else
		count_bypass(vma, address, flags, regs);
	return 0;
}

/* At its entry, since it lets go of the VMA. */
SEC("fentry/bad_area_access_error")
int BPF_PROG(bad_area_access_error_entry, struct pt_regs *regs, unsigned long error_code,
	     unsigned long address, struct mm_struct *mm, struct vm_area_struct *vma)
{
	if (!mm)
		count_access_error(current_slot(vma, address));
	return 0;
}

#endif /* VMALOCK_FAULTS_BPF_H */
