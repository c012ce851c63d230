/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * writer_places.bpf.h - from where a thread takes mmap_lock: its system call and stacks.
 */
#ifndef VMALOCK_WRITER_PLACES_BPF_H
#define VMALOCK_WRITER_PLACES_BPF_H

#include "identity.bpf.h"
#include "processes.bpf.h"
#include "system_call.bpf.h"
#include "uapi/stacks.h"
#include "uapi/writer_records.h"
#include "uapi/writers.h"

#define MAX_WRITERS		16384
#define MAX_WRITER_STACKS	8192
#define WRITER_STACK_DEPTH	48

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_WRITERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_writer);
	__type(value, struct vmalock_writer_holds);
} writers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, MAX_WRITER_STACKS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, WRITER_STACK_DEPTH * sizeof(__u64));
} writer_stacks SEC(".maps");

static __always_inline struct vmalock_writer writer_key(struct task_struct *task,
							enum vmalock_writer_state state)
{
	struct vmalock_writer key = {
		.process = process_key(task),
		.tid = task->pid,
		.syscall = system_call(task),
		.kernel_stack = VMALOCK_STACK_NONE,
		.user_stack = VMALOCK_STACK_NONE,
		.state = state,
	};

	return key;
}

/* Its entry in `writers`, made and named if there is none. */
static __always_inline struct vmalock_writer_holds *
holds_of(struct task_struct *task, const struct vmalock_writer *writer)
{
	static const struct vmalock_writer_holds none;
	struct vmalock_writer_holds *holds = bpf_map_lookup_elem(&writers, writer);

	if (holds)
		return holds;
	if (make_entry(&writers, VMALOCK_TABLE_WRITERS, writer, &none))
		set_name(task->group_leader, &writer->process);
	holds = bpf_map_lookup_elem(&writers, writer);
	if (holds)
		bpf_core_read_str(holds->comm, sizeof(holds->comm), &task->comm);
	else
		count_loss(VMALOCK_LOSS_BLAMES_FULL);
	return holds;
}

#define ENOMEM	12
#define EEXIST	17

/*
 * bpf_get_stackid() keeps a stack in the place of its hash: -EEXIST if another is there,
 * -ENOMEM if the map has no more. Otherwise there is no stack to be had.
 */
static __always_inline __u32 stack_key(long id)
{
	if (id >= 0)
		return id;
	if (id == -EEXIST)
		count_loss(VMALOCK_LOSS_STACKS_COLLIDED);
	else if (id == -ENOMEM)
		count_loss(VMALOCK_LOSS_STACKS_FULL);
	return VMALOCK_STACK_NONE;
}

/* Where the current task is. */
static __noinline int find_place(void *ctx, struct vmalock_writer *out)
{
	struct task_struct *task = bpf_get_current_task_btf();

	*out = writer_key(task, VMALOCK_WRITER_SEEN);
	out->kernel_stack = stack_key(bpf_get_stackid(ctx, &writer_stacks, 0));
	out->user_stack = stack_key(bpf_get_stackid(ctx, &writer_stacks, BPF_F_USER_STACK));
	return 0;
}

#endif /* VMALOCK_WRITER_PLACES_BPF_H */
