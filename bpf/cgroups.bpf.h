/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cgroups.bpf.h - the names of cgroups that had events (--by cgroup).
 *
 * They are read when a cgroup has its first event, so that one which is removed
 * before user space looks has a path too, and user space needs neither a mounted
 * hierarchy nor a privilege. A cgroup of version 2 is never renamed or moved.
 */
#ifndef VMALOCK_CGROUPS_BPF_H
#define VMALOCK_CGROUPS_BPF_H

#include "kernel_types.h"
#include "uapi/count_records.h"

#define MAX_CGROUPS		16384
#define MAX_CGROUP_DEPTH	32
/* Which is no id: one whose parent is not written yet has no path yet. */
#define PARENT_UNKNOWN		~0ULL

/* By id. Without room for one its id is all that is known of it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CGROUPS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct vmalock_cgroup);
} cgroups SEC(".maps");

/* NULL for the root. */
static __always_inline struct kernfs_node *parent_of(struct kernfs_node *node)
{
	struct kernfs_node___rcu *newer = (void *)node;

	if (bpf_core_field_exists(newer->__parent))
		return BPF_CORE_READ(newer, __parent);
	return BPF_CORE_READ(node, parent);
}

/* The cgroup of @task and those above it, up to one that is known. */
static __always_inline void name_cgroups(struct task_struct *task)
{
	static const struct vmalock_cgroup unnamed = { .parent = PARENT_UNKNOWN };
	struct kernfs_node *node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn), *parent;
	struct vmalock_cgroup *known;
	__u64 id;

	for (int depth = 0; depth < MAX_CGROUP_DEPTH && node; depth++) {
		id = BPF_CORE_READ(node, id);
		if (bpf_map_update_elem(&cgroups, &id, &unnamed, BPF_NOEXIST))
			return;
		known = bpf_map_lookup_elem(&cgroups, &id);
		if (!known)
			return;
		bpf_probe_read_kernel_str(known->name, sizeof(known->name),
					  BPF_CORE_READ(node, name));
		parent = parent_of(node);
		known->parent = parent ? BPF_CORE_READ(parent, id) : 0;
		node = parent;
	}
}

/*
 * Nothing runs in it any more, nor ever will. Each hierarchy of version 1 has ids of its
 * own, and the same ones.
 */
SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_removed, struct cgroup *cgroup)
{
	struct vmalock_cgroup *known;
	__u64 id = cgroup->kn->id;

	if (cgroup->root->hierarchy_id)
		return 0;
	known = bpf_map_lookup_elem(&cgroups, &id);
	if (known)
		known->removed = 1;
	return 0;
}

#endif /* VMALOCK_CGROUPS_BPF_H */
