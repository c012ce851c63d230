/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hold_course.bpf.h - how a task spends the time that it has mmap_lock: running, waiting
 * for a CPU, asleep and where, in reclaim.
 *
 * All is written for the task itself: as it takes and releases the lock, enters and
 * leaves reclaim, leaves a CPU, and on the CPU that it gets before it runs there. The
 * latter two can come in between the others, where these let themselves be preempted:
 * only they write to left_ns, gap_ns and the times off the CPU while since_ns is set.
 *
 * A task that leaves the CPU may sleep first and then wait for a CPU. The scheduler adds
 * up in sched_info.run_delay for how long it was ready to run, but only once sched_switch
 * has been traced. So a gap is settled at the next event.
 */
#ifndef VMALOCK_HOLD_COURSE_BPF_H
#define VMALOCK_HOLD_COURSE_BPF_H

#include "kernel_types.h"
#include "uapi/writer_records.h"

struct hold_course {
	__u64 since_ns;			/* zero: no hold is followed */
	__u64 left_ns;			/* off the CPU since; zero: is on one */
	__u64 gap_ns;			/* for so long it was off the CPU, not settled yet */
	__u64 run_delay;		/* as it left */
	__u64 reclaim_since_ns;		/* zero: not in reclaim */
	__u32 slept_at;			/* key of sleep_stacks */
	__u32 asleep;			/* a flag: it left to sleep */
	__u64 has_spent;		/* a flag: spent is not all zero */
	struct vmalock_hold_course spent;
};

static __always_inline __u64 run_delay_of(struct task_struct *task)
{
	return bpf_core_field_exists(task->sched_info.run_delay) ? task->sched_info.run_delay : 0;
}

/* Slept @count times there, @ns in all. Where all places are taken it has none. */
static __always_inline void add_sleep(struct vmalock_hold_course *to, __u32 stack, __u64 count,
				      __u64 ns)
{
	int i;

	for (i = 0; i < VMALOCK_HOLD_SLEEPS; i++) {
		struct vmalock_hold_sleep *sleep = &to->sleeps[i];

		if (sleep->count && sleep->stack != stack)
			continue;
		sleep->stack = stack;
		sleep->count += count;
		sleep->ns += ns;
		return;
	}
}

/* Not static, see maple_find(). */
__noinline int settle_gap(struct hold_course *course, __u64 run_delay)
{
	struct vmalock_hold_course *spent;
	__u64 gap_ns, ready_ns;

	if (!course)
		return 0;
	spent = &course->spent;
	gap_ns = course->gap_ns;
	if (!gap_ns)
		return 0;
	course->gap_ns = 0;
	course->has_spent = true;
	ready_ns = run_delay - course->run_delay;
	/* The scheduler's clock is another; and who did not leave to sleep was ready. */
	if (ready_ns > gap_ns || !course->asleep)
		ready_ns = gap_ns;
	spent->runnable_ns += ready_ns;
	if (course->asleep) {
		spent->asleep_ns += gap_ns - ready_ns;
		add_sleep(spent, course->slept_at, 1, gap_ns - ready_ns);
	}
	return 0;
}

/* ---- the events */

static __always_inline void begin_course(struct hold_course *course, __u64 now_ns)
{
	course->left_ns = 0;
	course->gap_ns = 0;
	course->reclaim_since_ns = 0;
	/* Most holds neither leave the CPU nor reclaim. */
	if (course->has_spent) {
		course->has_spent = false;
		__builtin_memset(&course->spent, 0, sizeof(course->spent));
	}
	/* Last: the task may leave the CPU at any of these. */
	*(volatile __u64 *)&course->since_ns = now_ns;
}

static __always_inline void end_course(struct hold_course *course)
{
	*(volatile __u64 *)&course->since_ns = 0;
}

static __always_inline void leave_cpu(struct hold_course *course, struct task_struct *task,
				      bool asleep, __u32 stack)
{
	__u64 run_delay = run_delay_of(task);

	settle_gap(course, run_delay);
	course->run_delay = run_delay;
	course->asleep = asleep;
	course->slept_at = stack;
	course->left_ns = bpf_ktime_get_ns();
}

static __always_inline void get_cpu(struct hold_course *course)
{
	if (!course->left_ns)
		return;
	course->gap_ns = bpf_ktime_get_ns() - course->left_ns;
	course->left_ns = 0;
}

/* ---- the sums of one place from which mmap_lock is taken */

static __always_inline void add_course(struct vmalock_hold_course *to,
				       const struct vmalock_hold_course *course)
{
	int i;

	to->count += course->count;
	to->ns += course->ns;
	to->runnable_ns += course->runnable_ns;
	to->asleep_ns += course->asleep_ns;
	to->reclaim_ns += course->reclaim_ns;
	for (i = 0; i < VMALOCK_HOLD_SLEEPS; i++)
		if (course->sleeps[i].count)
			add_sleep(to, course->sleeps[i].stack, course->sleeps[i].count,
				  course->sleeps[i].ns);
}

/* Of a hold whose course has ended. */
static __always_inline void finish_course(struct hold_course *course, __u64 run_delay,
					  __u64 held_ns)
{
	settle_gap(course, run_delay);
	course->has_spent = true;
	course->spent.count = 1;
	course->spent.ns = held_ns;
}

#endif /* VMALOCK_HOLD_COURSE_BPF_H */
