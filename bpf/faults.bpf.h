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
 *   an access that is not allowed, and the VMA		success
 *   lock sufficed to see it
 *
 * The last shows on x86 by bad_area_access_error() without an mm. arm64 calls
 * arm64_force_sig_fault(SIGSEGV, SEGV_ACCERR) for it, with the VMA lock or with
 * mmap_lock. Faults take the latter in lock_mm_and_find_vma() alone, which is slow anyway:
 * there they are marked, until handle_mm_fault() or the signal. A SEGV_ACCERR that an
 * instruction is given without a fault, such as an emulated SWP, is counted too.
 */
#ifndef VMALOCK_FAULTS_BPF_H
#define VMALOCK_FAULTS_BPF_H

#include "fallbacks.bpf.h"
#include "groups.bpf.h"
#include "uapi/count_records.h"
#include "uapi/losses.h"

/* include/uapi/asm-generic/signal.h and siginfo.h */
#define SIGSEGV			11
#define SEGV_ACCERR		2
/* arch/arm64: the highest byte of an address of user space can be anything */
#define FAR_ADDRESS		((1ULL << 56) - 1)

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

/* Set before loading: access errors are told apart by marks. */
const volatile bool mmap_lock_is_marked;

struct mmap_lock_mark {
	__u64 address;			/* of the fault that has mmap_lock; 0: none */
};

/* Written and read by the task itself, in one fault. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct mmap_lock_mark);
} mmap_lock_marks SEC(".maps");

/* Takes the mark away: was the fault at @address marked? */
static __always_inline bool had_mmap_lock(__u64 address)
{
	struct mmap_lock_mark *mark = bpf_task_storage_get(&mmap_lock_marks,
							   bpf_get_current_task_btf(), NULL, 0);
	bool result = mark && mark->address == address;

	if (mark)
		mark->address = 0;
	return result;
}

/* Not of the kernel's own accesses: no signal ends these, whose registers lie elsewhere. */
SEC("?fexit/lock_mm_and_find_vma")
int BPF_PROG(mark_mmap_lock, struct mm_struct *mm, unsigned long address, struct pt_regs *regs,
	     struct vm_area_struct *vma)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mmap_lock_mark *mark;

	if (!vma || (__u64)regs != (__u64)bpf_task_pt_regs(task))
		return 0;
	mark = bpf_task_storage_get(&mmap_lock_marks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (mark)
		mark->address = address;
	else
		count_loss(VMALOCK_LOSS_TASKS_FULL);
	return 0;
}

/* arm64's signal for a fault at @far, which has its tag. */
static __always_inline void count_access_signal(int signal, int code, __u64 far)
{
	const __u64 address = far & FAR_ADDRESS;

	if (signal == SIGSEGV && code == SEGV_ACCERR && !had_mmap_lock(address))
		count_access_error(current_slot(NULL, address));
}

SEC("fentry/arm64_force_sig_fault")
int BPF_PROG(access_signal_entry, int signal, int code, unsigned long far)
{
	count_access_signal(signal, code, far);
	return 0;
}

/* handle_mm_fault(@vma, @address) without the VMA lock is done. */
static __always_inline void count_without_vma_lock(struct vm_area_struct *vma,
						   unsigned long address, unsigned int flags,
						   struct pt_regs *regs)
{
	if (mmap_lock_is_marked)
		had_mmap_lock(address);
	count_bypass(vma, address, flags, regs);
}

SEC("fexit/handle_mm_fault")
int BPF_PROG(handle_mm_fault_exit, struct vm_area_struct *vma, unsigned long address,
	     unsigned int flags, struct pt_regs *regs, unsigned int result)
{
	if (under_vma_lock(flags))
		count_result(last_thread_slot(vma, address), vma, address, flags, result);
	else
		count_without_vma_lock(vma, address, flags, regs);
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
