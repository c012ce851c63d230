/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exact.bpf.h - the same outcomes without losses, at a higher cost.
 *
 * A program that ftrace calls is not preempted, so no call finds it busy. It is
 * called at the entry and at the return of a function, and passes data from the
 * entry to the return in the cookie of the call. Needs Linux 6.10.
 */
#ifndef VMALOCK_EXACT_BPF_H
#define VMALOCK_EXACT_BPF_H

#include "aborts.bpf.h"
#include "faults.bpf.h"

/* What an entry answers: is the return to be seen? A return answers nothing. */
#define SEE_RETURN	0
#define SKIP_RETURN	1

/* No address of user space. */
#define COOKIE_OTHER_MM	~0ULL

/* They take the context since 7.0. */
extern bool bpf_session_is_return(void *ctx) __weak __ksym;
extern bool bpf_session_is_return___before_7_0(void) __weak __ksym;
extern __u64 *bpf_session_cookie(void *ctx) __weak __ksym;
extern __u64 *bpf_session_cookie___before_7_0(void) __weak __ksym;

static __always_inline bool is_return(void *ctx)
{
	if (bpf_ksym_exists(bpf_session_is_return))
		return bpf_session_is_return(ctx);
	return bpf_session_is_return___before_7_0();
}

static __always_inline __u64 *cookie_of(void *ctx)
{
	if (bpf_ksym_exists(bpf_session_cookie))
		return bpf_session_cookie(ctx);
	return bpf_session_cookie___before_7_0();
}

/* A call about another process's memory, which needs more than a cookie holds. */
struct other_mm_call {
	__u64 mm, address;
};

/* Written at the entry and read at the return, by the task that calls. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct other_mm_call);
} other_mm_calls SEC(".maps");

SEC("kprobe.session")
int handle_mm_fault_session(struct pt_regs *ctx)
{
	__u64 *slot;

	if (is_return(ctx)) {
		slot = cookie_of(ctx);
		count_result(*slot, NULL, 0, 0, PT_REGS_RC(ctx));
		return SEE_RETURN;
	}
	if (!under_vma_lock(PT_REGS_PARM3(ctx))) {
		count_without_vma_lock((void *)PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
				       PT_REGS_PARM3(ctx), (void *)PT_REGS_PARM4(ctx));
		return SKIP_RETURN;
	}
	slot = cookie_of(ctx);
	*slot = last_thread_slot((void *)PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx));
	return *slot == SLOT_NOT_COUNTED ? SKIP_RETURN : SEE_RETURN;
}

static __always_inline void remember_call(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 *address = cookie_of(ctx);
	struct other_mm_call *call;

	if (trace_writers)
		note_lock_entry();
	*address = PT_REGS_PARM2(ctx);
	if (PT_REGS_PARM1(ctx) == (__u64)task->mm)
		return;
	*address = COOKIE_OTHER_MM;
	call = bpf_task_storage_get(&other_mm_calls, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (call) {
		call->mm = PT_REGS_PARM1(ctx);
		call->address = PT_REGS_PARM2(ctx);
	}
}

static __always_inline void count_remembered(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 caller = PT_REGS_IP(ctx), *address = cookie_of(ctx);
	struct other_mm_call *call;

	if (*address != COOKIE_OTHER_MM) {
		count_abort(ctx, task->mm, *address, caller);
		return;
	}
	call = bpf_task_storage_get(&other_mm_calls, task, NULL, 0);
	count_abort(ctx, call ? (void *)call->mm : NULL, call ? call->address : 0, caller);
}

SEC("kprobe.session")
int lock_vma_under_rcu_session(struct pt_regs *ctx)
{
	if (!is_return(ctx))
		remember_call(ctx);
	else if (!PT_REGS_RC(ctx))
		count_remembered(ctx);
	return SEE_RETURN;
}

SEC("kprobe.multi")
int bad_area_access_error_multi(struct pt_regs *ctx)
{
	if (!PT_REGS_PARM4(ctx))
		count_access_error(current_slot((void *)PT_REGS_PARM5(ctx), PT_REGS_PARM3(ctx)));
	return 0;
}

SEC("kprobe.multi")
int access_signal_multi(struct pt_regs *ctx)
{
	count_access_signal(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), PT_REGS_PARM3(ctx));
	return 0;
}

/* Just after the child was made, before it runs. */
SEC("kprobe.multi")
int wake_up_new_task_multi(struct pt_regs *ctx)
{
	forked(bpf_get_current_task_btf(),
	       bpf_core_cast((void *)PT_REGS_PARM1(ctx), struct task_struct));
	return 0;
}

/* On the way out, and not the end of a fork that failed. */
SEC("kprobe.multi")
int exit_files_multi(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (PT_REGS_PARM1(ctx) == (__u64)task)
		exited(task);
	return 0;
}

#endif /* VMALOCK_EXACT_BPF_H */
