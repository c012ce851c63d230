/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_ids.bpf.h - the ids of tasks where user space knows them by others.
 *
 * Programs see the ids of the first PID namespace. One who reads this iterator in
 * another namespace gets the tasks in that namespace and below, by both.
 */
#ifndef VMALOCK_TASK_IDS_BPF_H
#define VMALOCK_TASK_IDS_BPF_H

#include "kernel_types.h"
#include "namespace_ids.bpf.h"
#include "uapi/processes.h"

/* Set before loading: how many namespaces /proc lies above that of the reader. */
const volatile __u32 proc_above;

SEC("?iter/task")
int task_ids(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *reader = bpf_get_current_task_btf();
	__u32 level = BPF_CORE_READ(reader, thread_pid, level);
	struct vmalock_task_ids ids = {};

	if (!task)
		return 0;
	ids.tid = task->pid;
	ids.tgid = task->tgid;
	ids.own_tid = id_at(task, level);
	ids.own_tgid = id_at(task->group_leader, level);
	ids.proc_tgid = id_at(task->group_leader, level - proc_above);
	bpf_seq_write(ctx->meta->seq, &ids, sizeof(ids));
	return 0;
}

#endif /* VMALOCK_TASK_IDS_BPF_H */
