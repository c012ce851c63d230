/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * readers.bpf.h - which readers of a VMA kept a writer of it waiting.
 *
 * The functions in which writers and readers meet depend on the kind of VMA lock:
 *
 *			waits in			the last reader calls
 *   reference count	__vma_start_write()		rcuwait_wake_up()
 *			__vma_exclude_readers_for_detach()
 *   rw_semaphore	contention_begin and _end	rwsem_wake()
 *
 * A fault that succeeds calls none of these functions.
 */
#ifndef VMALOCK_READERS_BPF_H
#define VMALOCK_READERS_BPF_H

#include "abort_reason.bpf.h"
#include "mmap_lock.bpf.h"
#include "vma.bpf.h"
#include "waits.bpf.h"
#include "uapi/waits.h"

static __always_inline __u64 woken_by_readers_of(struct vm_area_struct *vma)
{
	struct mm_struct *mm = BPF_CORE_READ(vma, vm_mm);

	return (__u64)mm + bpf_core_field_offset(mm->vma_writer_wait);
}

/* @own: the VMA's own reference, which a detached one has dropped. */
static __always_inline int refcount_wait_begins(void *ctx, struct vm_area_struct *vma,
						enum vmalock_wait_kind kind, __u32 own)
{
	__u32 refcnt = vma->vm_refcnt.refs.counter;

	/* A reader that comes between here and the writer's own look is missed. */
	if (refcnt > own && refcnt < REFCNT_LIMIT)
		begin_wait(ctx, woken_by_readers_of(vma), vma, kind, refcnt - own, true);
	return 0;
}

SEC("?fentry/__vma_start_write")
int BPF_PROG(vma_start_write_entry, struct vm_area_struct *vma)
{
	return refcount_wait_begins(ctx, vma, VMALOCK_WAIT_WRITE, 1);
}

/* It takes other arguments in 6.15, 6.19 and 7.0, and returns nothing before 6.19. */
const volatile bool start_write_returns_error;

SEC("?fexit/__vma_start_write")
int BPF_PROG(vma_start_write_exit, struct vm_area_struct *vma)
{
	__u64 error = 0;

	if (start_write_returns_error)
		bpf_get_func_ret(ctx, &error);
	if (waiting_now)
		end_wait(woken_by_readers_of(vma), (int)error, false);
	return 0;
}

SEC("?fentry/__vma_exclude_readers_for_detach")
int BPF_PROG(vma_detach_entry, struct vm_area_struct *vma)
{
	return refcount_wait_begins(ctx, vma, VMALOCK_WAIT_DETACH, 0);
}

SEC("?fexit/__vma_exclude_readers_for_detach")
int BPF_PROG(vma_detach_exit, struct vm_area_struct *vma)
{
	if (waiting_now)
		end_wait(woken_by_readers_of(vma), false, false);
	return 0;
}

SEC("?fentry/rcuwait_wake_up")
int BPF_PROG(last_reader_wakes, struct rcuwait *writer)
{
	if (waiting_now)
		release(ctx, (__u64)writer);
	return 0;
}

/*
 * The VMA that @lock is the lock of: the lock does not say. But the writer, who
 * will mark the VMA as locked when it has the lock, has it on its stack, from
 * @from up.
 */
static __noinline __u64 vma_locked_by(__u64 from, __u64 to, __u64 lock)
{
	int i;

	bpf_for(i, 0, MAX_STACK_WORDS) {
		__u64 at = from + i * sizeof(at);
		struct vm_area_struct___rwsem *vma;

		if (at >= to || bpf_probe_read_kernel(&vma, sizeof(vma), (void *)at))
			break;
		if ((long)vma < 0 && !((long)vma & 7) &&
		    (__u64)BPF_CORE_READ(vma, vm_lock) == lock)
			return (__u64)vma;
	}
	return 0;
}

/*
 * Any contended lock of the machine comes by here. Writers of VMAs hold
 * mmap_lock, and few other locks are waited for under it.
 */
SEC("?tp_btf/contention_begin")
int BPF_PROG(lock_contention_begin, void *lock, unsigned int flags)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct vm_area_struct *vma;

	if ((flags & (LCB_F_SPIN | LCB_F_READ | LCB_F_WRITE | LCB_F_PERCPU | LCB_F_MUTEX)) !=
		    LCB_F_WRITE || !task->mm || write_owner(task->mm) != (__u64)task)
		return 0;
	vma = (void *)vma_locked_by((__u64)ctx, (__u64)bpf_task_pt_regs(task), (__u64)lock);
	if (vma)
		begin_wait(ctx, (__u64)lock, vma, VMALOCK_WAIT_WRITE, readers_of(lock), false);
	return 0;
}

SEC("?tp_btf/contention_end")
int BPF_PROG(lock_contention_end, void *lock, int error)
{
	if (waiting_now)
		end_wait((__u64)lock, error, true);
	return 0;
}

/*
 * By hand: compilers rename the function. Where the kernel has no fprobe, user space
 * makes it a plain kprobe, which costs a trap.
 */
SEC("?kprobe.multi")
int BPF_KPROBE(last_rwsem_reader_wakes, void *lock)
{
	if (waiting_now)
		release(ctx, (__u64)lock);
	return 0;
}

#endif /* VMALOCK_READERS_BPF_H */
