/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * holding_tasks.bpf.h - what is known of a task that has mmap_lock, or had it.
 */
#ifndef VMALOCK_HOLDING_TASKS_BPF_H
#define VMALOCK_HOLDING_TASKS_BPF_H

#include "hold_course.bpf.h"
#include "losses.bpf.h"
#include "notes.bpf.h"
#include "writer_places.bpf.h"
#include "uapi/losses.h"

/* Of a task that has mmap_lock to read, and got it while others queued for it. */
struct reading {
	__u64 mm;			/* zero: does not */
	__u64 since_ns;
};

struct holding_task {
	struct writer_task writer;
	struct reading reading;
	struct hold_course course;	/* of the outer write lock, or of the reading */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct holding_task);
} holding_tasks SEC(".maps");

#define MAX_FOLLOWED		16384
#define MAX_SLEEP_STACKS	4096

/* struct vmalock_followed_holds, with its lock as what it is. */
struct followed_holds {
	struct bpf_spin_lock lock;
	__u32 reserved;
	struct vmalock_hold_course spent, longest;
	__u64 longest_end_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_FOLLOWED);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_hold_key);
	__type(value, struct followed_holds);
} followed_holds SEC(".maps");

/*
 * Where tasks slept with mmap_lock. Nothing is ever taken out: a course has the key of a
 * stack until its hold ends, and another stack must not come to lie there.
 */
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, MAX_SLEEP_STACKS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, WRITER_STACK_DEPTH * sizeof(__u64));
} sleep_stacks SEC(".maps");

/* NULL if it has not had mmap_lock. */
static __always_inline struct holding_task *holding_task_of(struct task_struct *task)
{
	return bpf_task_storage_get(&holding_tasks, task, 0, 0);
}

/* The current task's, made if there is none; NULL if memory ran out. */
static __always_inline struct holding_task *make_holding_task(void)
{
	struct holding_task *its = bpf_task_storage_get(&holding_tasks, bpf_get_current_task_btf(),
							0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!its)
		count_loss(VMALOCK_LOSS_TASKS_FULL);
	return its;
}

/* The course of a hold of the current task that goes on; NULL if none is followed. */
static __always_inline struct hold_course *course_of(struct task_struct *task)
{
	struct holding_task *its = holding_task_of(task);

	return its && its->course.since_ns ? &its->course : NULL;
}

/* Any task of the machine comes by here, but few have ever had mmap_lock while traced. */
SEC("tp_btf/sched_switch")
int BPF_PROG(holder_switched, bool preempted, struct task_struct *prev, struct task_struct *next,
	     unsigned int state)
{
	struct hold_course *course = course_of(prev);
	bool asleep = state && !preempted;
	long stack = -1;

	if (course) {
		if (asleep)
			stack = bpf_get_stackid(ctx, &sleep_stacks, 0);
		leave_cpu(course, prev, asleep, stack < 0 ? VMALOCK_STACK_NONE : stack);
	}
	course = course_of(next);
	if (course)
		get_cpu(course);
	return 0;
}

/*
 * Add the hold of the current task from @holder that has ended, whose course is finished:
 * it had victims, or others waited for it.
 */
static __always_inline void add_followed(const struct hold_course *course,
					 const struct vmalock_writer *holder, bool reads)
{
	struct vmalock_hold_key key = { .holder = *holder, .reads = reads };
	static const struct followed_holds none;
	struct followed_holds *holds = bpf_map_lookup_elem(&followed_holds, &key);
	__u64 end_ns = bpf_ktime_get_boot_ns();

	if (!holds) {
		make_entry(&followed_holds, VMALOCK_TABLE_FOLLOWED, &key, &none);
		holds = bpf_map_lookup_elem(&followed_holds, &key);
	}
	if (!holds) {
		count_loss(VMALOCK_LOSS_FOLLOWED_FULL);
		return;
	}
	bpf_spin_lock(&holds->lock);
	add_course(&holds->spent, &course->spent);
	if (course->spent.ns > holds->longest.ns) {
		holds->longest = course->spent;
		holds->longest_end_ns = end_ns;
	}
	bpf_spin_unlock(&holds->lock);
}

static __always_inline int reclaim_begins(void)
{
	struct hold_course *course = course_of(bpf_get_current_task_btf());

	if (course)
		course->reclaim_since_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline int reclaim_ends(void)
{
	struct hold_course *course = course_of(bpf_get_current_task_btf());

	if (!course || !course->reclaim_since_ns)
		return 0;
	course->spent.reclaim_ns += bpf_ktime_get_ns() - course->reclaim_since_ns;
	course->has_spent = true;
	course->reclaim_since_ns = 0;
	return 0;
}

/* For want of memory of the machine, and of a cgroup. */
SEC("tp_btf/mm_vmscan_direct_reclaim_begin")
int BPF_PROG(direct_reclaim_begins)
{
	return reclaim_begins();
}

SEC("tp_btf/mm_vmscan_direct_reclaim_end")
int BPF_PROG(direct_reclaim_ends)
{
	return reclaim_ends();
}

SEC("?tp_btf/mm_vmscan_memcg_reclaim_begin")
int BPF_PROG(memcg_reclaim_begins)
{
	return reclaim_begins();
}

SEC("?tp_btf/mm_vmscan_memcg_reclaim_end")
int BPF_PROG(memcg_reclaim_ends)
{
	return reclaim_ends();
}

#endif /* VMALOCK_HOLDING_TASKS_BPF_H */
