/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * namespace_ids.bpf.h - the id of a task in one of its PID namespaces.
 */
#ifndef VMALOCK_NAMESPACE_IDS_BPF_H
#define VMALOCK_NAMESPACE_IDS_BPF_H

#include "kernel_types.h"

/* At @level below the first namespace, which is 0; 0 if the task has none there. */
static __always_inline __u32 id_at(struct task_struct *task, __u32 level)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct upid at = {};

	bpf_core_read(&at, bpf_core_type_size(struct upid),
		      (void *)&pid->numbers[0] + level * bpf_core_type_size(struct upid));
	return at.nr;
}

#endif /* VMALOCK_NAMESPACE_IDS_BPF_H */
