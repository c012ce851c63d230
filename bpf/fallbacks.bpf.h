/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fallbacks.bpf.h - why a fault that was not refused the VMA lock left it.
 *
 * A retry had the lock and came back. The kernel does not say why. Two functions
 * are called only by faults that come back for one certain cause. Programs there
 * leave a mark with the task, and cost other faults nothing. Without a mark, the
 * result and the mapping show the cause:
 *
 *   the result has MAJOR			the page had to be read
 *   no map_pages in vm_ops			vmf_can_call_fault(): the handler
 *						may rely on mmap_lock
 *   no anon_vma where one is needed		__vmf_anon_prepare() could not
 *						take mmap_lock; every first write
 *						calls it, so it has no mark
 *   a file					filemap_fault() found the page, but
 *						locked or not read yet
 *
 * A bypass never tried the lock: x86 tries it only for accesses from user mode. A
 * second attempt under mmap_lock carries TRIED and is no bypass.
 */
#ifndef VMALOCK_FALLBACKS_BPF_H
#define VMALOCK_FALLBACKS_BPF_H

#include "counters.bpf.h"
#include "events.bpf.h"
#include "groups.bpf.h"
#include "uapi/count_records.h"
#include "uapi/events.h"
#include "uapi/fallbacks.h"
#include "uapi/losses.h"

#define MAX_FALLBACK_KEYS 65536
/* include/linux/mm.h */
#define VM_SHARED	0x00000008

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_FALLBACK_KEYS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_fallback_key);
	__type(value, __u64);
} fallbacks SEC(".maps");

struct retry_mark {
	__u64 address;
	__u32 cause;			/* VMALOCK_FALLBACK_NR: none */
	__u32 reserved;
};

/*
 * Written and read by the task itself, deeper and higher in one fault: what
 * returned RETRY makes handle_mm_fault() return it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct retry_mark);
} retry_marks SEC(".maps");

static __always_inline int mark_retry(struct vm_fault *vmf, unsigned int result,
				      enum vmalock_fallback cause)
{
	struct retry_mark *mark;

	if (!(result & bpf_core_enum_value(enum vm_fault_reason, VM_FAULT_RETRY)) ||
	    !(vmf->flags & bpf_core_enum_value(enum fault_flag, FAULT_FLAG_VMA_LOCK)))
		return 0;
	mark = bpf_task_storage_get(&retry_marks, bpf_get_current_task_btf(), NULL,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (mark) {
		mark->address = vmf->real_address;
		mark->cause = cause;
	}
	return 0;
}

SEC("fexit/handle_userfault")
int BPF_PROG(handle_userfault_exit, struct vm_fault *vmf, unsigned long reason,
	     unsigned int result)
{
	return mark_retry(vmf, result, VMALOCK_RETRY_USERFAULTFD);
}

/* Called when the page is locked; for one that was just asked of swap, too. */
SEC("fexit/__folio_lock_or_retry")
int BPF_PROG(folio_lock_or_retry_exit, void *folio, struct vm_fault *vmf,
	     unsigned int result)
{
	return mark_retry(vmf, result, VMALOCK_RETRY_PAGE);
}

/* Anonymous memory has one from its first page, private files from the first write. */
static __always_inline bool lacks_anon_vma(struct vm_area_struct *vma, unsigned int flags)
{
	if (BPF_CORE_READ(vma, anon_vma))
		return false;
	return !BPF_CORE_READ(vma, vm_ops) ||
	       (flags & bpf_core_enum_value(enum fault_flag, FAULT_FLAG_WRITE) &&
		!(BPF_CORE_READ(vma, vm_flags) & VM_SHARED));
}

/*
 * The VMA is not locked any more: fields may be of another, or of nothing. Where
 * it is not known at all, what the marks and the result do not tell is OTHER.
 */
static __always_inline enum vmalock_fallback
retry_cause(struct task_struct *task, struct vm_area_struct *vma, unsigned long address,
	    unsigned int flags, unsigned int result)
{
	struct retry_mark *mark = bpf_task_storage_get(&retry_marks, task, NULL, 0);
	const struct vm_operations_struct *ops;
	enum vmalock_fallback cause = VMALOCK_FALLBACK_NR;

	if (mark && (!vma || mark->address == address)) {
		cause = mark->cause;
		mark->cause = VMALOCK_FALLBACK_NR;
	}
	if (result & bpf_core_enum_value(enum vm_fault_reason, VM_FAULT_MAJOR))
		return VMALOCK_RETRY_IO;
	if (cause < VMALOCK_FALLBACK_NR)
		return cause;
	if (!vma)
		return VMALOCK_RETRY_OTHER;
	if (BPF_CORE_READ(vma, vm_mm) != BPF_CORE_READ(task, mm) ||
	    address < BPF_CORE_READ(vma, vm_start) || address >= BPF_CORE_READ(vma, vm_end))
		return VMALOCK_RETRY_GONE;
	ops = BPF_CORE_READ(vma, vm_ops);
	if (ops && !BPF_CORE_READ(ops, map_pages))
		return VMALOCK_RETRY_HANDLER;
	if (lacks_anon_vma(vma, flags))
		return VMALOCK_RETRY_ANON_VMA;
	return BPF_CORE_READ(vma, vm_file) ? VMALOCK_RETRY_PAGE : VMALOCK_RETRY_OTHER;
}

static __always_inline void count_fallback(struct task_struct *task, struct vm_area_struct *vma,
					   unsigned long address, enum vmalock_fallback cause)
{
	struct vmalock_fallback_key key = { .cause = cause };
	struct vmalock_group group = {};

	if (is_sent(&fallback_events, cause))
		send_event(vma, address, 0, cause < VMALOCK_FIRST_BYPASS ? VMALOCK_EVENT_RETRY
									 : VMALOCK_EVENT_BYPASS,
			   cause);
	describe_group(task, vma, address, &key.group, &group);
	if (add_to(&fallbacks, VMALOCK_TABLE_FALLBACKS, &key, 1, VMALOCK_LOSS_FALLBACKS_FULL))
		make_group_known(vma, address);
}

/* Functions of their own, so that faults that need neither save no registers. */
static __noinline void count_retry(struct vm_area_struct *vma, unsigned long address,
				   unsigned int flags, unsigned int result)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();

	count_fallback(task, vma, address, retry_cause(task, vma, address, flags, result));
}

/* A call of handle_mm_fault() without the VMA lock: nor was there one that had it? */
static __always_inline bool never_tried(unsigned int flags)
{
	return !(flags & (bpf_core_enum_value(enum fault_flag, FAULT_FLAG_USER) |
			  bpf_core_enum_value(enum fault_flag, FAULT_FLAG_TRIED)));
}

static __noinline void count_bypass(struct vm_area_struct *vma, unsigned long address,
				    unsigned int flags, struct pt_regs *regs)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();

	if (never_tried(flags) && is_target(task))
		count_fallback(task, vma, address,
			       regs ? VMALOCK_BYPASS_KERNEL : VMALOCK_BYPASS_GUP);
}

#endif /* VMALOCK_FALLBACKS_BPF_H */
