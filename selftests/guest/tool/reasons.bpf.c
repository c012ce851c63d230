// SPDX-License-Identifier: GPL-2.0-only
/*
 * reasons.bpf.c - run abort_reason() on an address space that user space made
 * up, laid out as this kernel lays them out.
 */
#include "kernel_types.h"
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "abort_reason.bpf.h"
#include "reasons.h"

char LICENSE[] SEC("license") = "GPL";

/* User space writes it, through its mapping of this section. */
unsigned char world[REASONS_WORLD_SIZE];

struct reasons_layout layout;
struct reasons_question question;
unsigned int answer;

SEC("syscall")
int describe(void *ctx)
{
	struct vm_area_struct___rwsem *old = NULL;
	struct vm_area_struct *vma = NULL;
	struct maple_arange_64 *arange = NULL;
	struct maple_range_64 *range = NULL;
	struct mm_struct *mm = NULL;

	layout.world = (unsigned long)world;
	layout.ma_root = bpf_core_field_offset(mm->mm_mt.ma_root);
	if (bpf_core_field_exists(mm->mm_lock_seq.sequence))
		layout.mm_lock_seq = bpf_core_field_offset(mm->mm_lock_seq.sequence);
	else
		layout.mm_lock_seq = bpf_core_field_offset(
			((struct mm_struct___int *)mm)->mm_lock_seq);
	layout.vm_start = bpf_core_field_offset(vma->vm_start);
	layout.vm_end = bpf_core_field_offset(vma->vm_end);
	layout.vm_mm = bpf_core_field_offset(vma->vm_mm);
	layout.vm_lock_seq = bpf_core_field_offset(vma->vm_lock_seq);
	layout.has_refcnt = bpf_core_field_exists(vma->vm_refcnt);
	if (layout.has_refcnt) {
		layout.vm_refcnt = bpf_core_field_offset(vma->vm_refcnt.refs.counter);
	} else {
		layout.detached = bpf_core_field_offset(old->detached);
		layout.vm_lock = bpf_core_field_offset(old->vm_lock);
		layout.has_count = bpf_core_field_exists(old->vm_lock->lock.count);
		if (layout.has_count)
			layout.count = bpf_core_field_offset(struct vma_lock, lock.count.counter);
	}
	layout.parent = bpf_core_field_offset(range->parent);
	layout.range_pivot = bpf_core_field_offset(range->pivot);
	layout.range_slot = bpf_core_field_offset(range->slot);
	layout.arange_pivot = bpf_core_field_offset(arange->pivot);
	layout.arange_slot = bpf_core_field_offset(arange->slot);
	return 0;
}

SEC("syscall")
int ask(void *ctx)
{
	struct vm_area_struct *refused;

	answer = abort_reason((struct mm_struct *)question.mm, question.address, &refused);
	return 0;
}
