/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * processes.bpf.h - the processes whose events are counted, and their names.
 */
#ifndef VMALOCK_PROCESSES_BPF_H
#define VMALOCK_PROCESSES_BPF_H

#include "kernel_types.h"
#include "losses.bpf.h"
#include "room.bpf.h"
#include "uapi/losses.h"
#include "uapi/processes.h"
#include "uapi/types.h"

#define MAX_PROCESSES 16384

/* Set before loading: count all, or only the processes or threads in `targets`. */
const volatile bool only_targets, targets_are_threads;
/* Set before loading: count only who is in `cgroup` or below when it comes by first. */
const volatile bool only_cgroup;
/* Set before loading: a target's children are targets. */
const volatile bool follow_children;

/*
 * Thread group ids to count, or thread ids. User space adds the first before
 * programs are attached; then only the scheduler's fork and exit events write.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PROCESSES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} cgroup SEC(".maps");

/*
 * A name for every process with an event, and by thread for every such thread,
 * kept after it has exited. Written at its first event and when it gets another
 * one, by exec or prctl; the last one wins.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * MAX_PROCESSES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_process_key);
	__type(value, char[VMALOCK_COMM_LEN]);
} names SEC(".maps");

/* Is the running @task to be counted? */
static __always_inline bool is_target(struct task_struct *task)
{
	__u32 id = targets_are_threads ? task->pid : task->tgid;

	if (only_cgroup)
		return bpf_current_task_under_cgroup(&cgroup, 0) == 1;
	return !only_targets || bpf_map_lookup_elem(&targets, &id);
}

static __always_inline struct vmalock_process_key process_key(struct task_struct *task)
{
	struct vmalock_process_key key = {
		.tgid = task->tgid,
		.start_ns = task->group_leader->start_boottime,
	};

	return key;
}

static __always_inline struct vmalock_process_key thread_key(struct task_struct *task)
{
	struct vmalock_process_key key = {
		.tgid = task->pid,
		.start_ns = task->start_boottime,
	};

	return key;
}

static __always_inline void set_name(struct task_struct *task,
				     const struct vmalock_process_key *key)
{
	char comm[VMALOCK_COMM_LEN] = {};

	bpf_core_read_str(comm, sizeof(comm), &task->comm);
	if (bpf_map_lookup_elem(&names, key))
		bpf_map_update_elem(&names, key, comm, BPF_EXIST);
	else
		make_entry(&names, VMALOCK_TABLE_NAMES, key, comm);
}

/* The same, for who has none yet. */
static __always_inline void learn_name(struct task_struct *task,
				       const struct vmalock_process_key *key)
{
	if (!bpf_map_lookup_elem(&names, key))
		set_name(task, key);
}

static __always_inline void forked(struct task_struct *parent, struct task_struct *child)
{
	__u32 parent_tgid = parent->tgid, tgid = child->tgid;
	__u8 one = 1;

	if (!follow_children || tgid == parent_tgid ||
	    !bpf_map_lookup_elem(&targets, &parent_tgid))
		return;
	if (bpf_map_update_elem(&targets, &tgid, &one, BPF_ANY))
		count_loss(VMALOCK_LOSS_TARGETS_FULL);
}

/* The id of one that is gone may be given to one we were not asked about. */
static __always_inline void exited(struct task_struct *task)
{
	__u32 id = targets_are_threads ? task->pid : task->tgid;

	if (only_targets && (targets_are_threads || task->signal->live.counter == 0))
		bpf_map_delete_elem(&targets, &id);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	forked(parent, child);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	exited(task);
	return 0;
}

/*
 * The leader's name is the process's. An exec has made the task that called it
 * the leader by the time it gives it a name.
 */
SEC("tp_btf/task_rename")
int BPF_PROG(process_rename, struct task_struct *task, const char *name)
{
	struct vmalock_process_key key = thread_key(task);
	char comm[VMALOCK_COMM_LEN] = {};

	if (!bpf_map_lookup_elem(&names, &key))
		return 0;
	bpf_probe_read_kernel_str(comm, sizeof(comm), name);
	bpf_map_update_elem(&names, &key, comm, BPF_EXIST);
	return 0;
}

#endif /* VMALOCK_PROCESSES_BPF_H */
