/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * identity.bpf.h - by what a thread belongs to a group, where that can change.
 *
 * --by comm: the name of its process, which exec and prctl change, and any thread
 * of the process by /proc. --by cgroup: the id of its cgroup, from which it can be
 * moved. Neither is hooked: each fault compares.
 */
#ifndef VMALOCK_IDENTITY_BPF_H
#define VMALOCK_IDENTITY_BPF_H

#include "kernel_types.h"
#include "uapi/groups.h"
#include "uapi/types.h"

/* Set before loading; what the other ways need is then no part of a program. */
const volatile __u32 count_by;	/* enum vmalock_by */

/* The leader's comm, with whatever is behind its end; or the cgroup's id. */
struct identity {
	__u64 words[VMALOCK_COMM_LEN / sizeof(__u64)];
};

static __always_inline bool by_identity(void)
{
	return count_by == VMALOCK_BY_COMM || count_by == VMALOCK_BY_CGROUP;
}

static __always_inline struct identity identity_of(struct task_struct *task)
{
	struct identity result = {};

	if (count_by == VMALOCK_BY_COMM) {
		const volatile __u64 *comm = (const volatile __u64 *)task->group_leader->comm;

		result.words[0] = comm[0];
		result.words[1] = comm[1];
	}
	if (count_by == VMALOCK_BY_CGROUP)
		result.words[0] = task->cgroups->dfl_cgrp->kn->id;
	return result;
}

static __always_inline bool is_same(const struct identity *a, const struct identity *b)
{
	return !by_identity() || (a->words[0] == b->words[0] && a->words[1] == b->words[1]);
}

/*
 * Another thread may be writing the name just now, and half of it be new. What is
 * read twice alike is whole, unless the writer was stopped between its two halves.
 */
static __always_inline struct identity settled_identity(struct task_struct *task)
{
	struct identity result = identity_of(task), before;

	for (int i = 0; i < 4 && by_identity(); i++) {
		before = result;
		result = identity_of(task);
		if (is_same(&before, &result))
			break;
	}
	return result;
}

#endif /* VMALOCK_IDENTITY_BPF_H */
