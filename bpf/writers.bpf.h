/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * writers.bpf.h - which writer caused an abort.
 *
 * Two tasks work together. The victim, in its abort, reads the owner of mmap_lock
 * and leaves a note in that task's storage. The writer finds the notes when it
 * releases mmap_lock, and adds what only it can see: its system call, its stacks
 * and how long it held the lock. notes.bpf.h is how they agree who accounts for the
 * abort: it is counted once, as soon as the writer has released the lock; until then
 * current_writers.bpf.h reports it.
 */
#ifndef VMALOCK_WRITERS_BPF_H
#define VMALOCK_WRITERS_BPF_H

#include "counters.bpf.h"
#include "lock_holders.bpf.h"
#include "mmap_lock.bpf.h"
#include "notes.bpf.h"
#include "process_times.bpf.h"
#include "target_memory.bpf.h"
#include "writer_places.bpf.h"
#include "uapi/aborts.h"
#include "uapi/writer_records.h"
#include "uapi/writers.h"

#define MAX_BLAMES		65536

/* mmap_lock's tracepoints where they no longer pass memcg_path before the rest. */
typedef void (*btf_trace_mmap_lock_released)(void *, struct mm_struct *, _Bool);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_BLAMES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_blame_key);
	__type(value, __u64);
} blames SEC(".maps");

static __always_inline void add_blame(const struct vmalock_writer *writer,
				      const struct vmalock_victim *victim, __u64 aborts)
{
	struct vmalock_blame_key key = { .writer = *writer, .victim = *victim };

	add_to(&blames, VMALOCK_TABLE_BLAMES, &key, aborts, VMALOCK_LOSS_BLAMES_FULL);
}

/* ---- the writer's side */

/* Blame @writer for the notes about this hold. Not static, see maple_find(). */
__noinline int blame_for_notes(struct writer_task *mine, __u64 since_ns,
			       const struct vmalock_writer *writer)
{
	int i;

	if (!mine || !writer)
		return 0;
	bpf_for(i, 0, VMALOCK_NOTES) {
		struct note *note = &mine->notes[i];
		__u64 aborts = take_note(note, since_ns);

		if (aborts)
			add_blame(writer, &note->victim, aborts);
	}
	return 0;
}

/* A write hold of the current task that is over. */
struct ended_hold {
	struct holding_task *its;
	__u64 mm;			/* whose lock it is, if others wait for it; else zero */
	__u64 since_ns;			/* zero: it began before it was traced */
	__u64 end_ns;
	__u64 run_delay;		/* the task's, then */
	bool noted;			/* it has victims that left notes */
	bool followed;			/* its course is known */
};

/* Account for the notes, and for the waits of others. */
static __noinline int tell_end(void *ctx, const struct ended_hold *hold)
{
	struct vmalock_writer_holds *holds;
	struct holding_task *its = hold->its;
	__u64 held_ns = hold->end_ns - hold->since_ns;
	struct vmalock_writer writer;

	find_place(ctx, &writer);
	if (its && hold->noted)
		blame_for_notes(&its->writer, hold->since_ns, &writer);
	holds = holds_of(bpf_get_current_task_btf(), &writer);
	if (hold->noted && holds)
		add_time(&holds->held, held_ns);
	if (its && hold->followed) {
		finish_course(&its->course, hold->run_delay, held_ns);
		add_followed(&its->course, &writer, false);
	}
	if (hold->mm)
		log_hold(hold->mm, &writer, false, hold->since_ns, hold->end_ns);
	return 0;
}

/*
 * The current task has ended the hold that began at @since_ns, but the program that sees
 * the end was skipped: it was this task's doing, and no more is known.
 */
static __noinline int tell_unseen_end(struct holding_task *its, __u64 since_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vmalock_writer writer = writer_key(task, VMALOCK_WRITER_LEFT);

	if (its->course.since_ns == since_ns)
		end_course(&its->course);
	blame_for_notes(&its->writer, since_ns, &writer);
	holds_of(task, &writer);
	return 0;
}

/*
 * Of memory in which no target can be refused a VMA, a begin matters only if a target waits:
 * what passed of its wait before must not be put on this hold. And where @task has a record,
 * since a hold in it whose end was not seen must not go on.
 */
static __always_inline bool can_be_in_the_way(struct mm_struct *mm, struct task_struct *task)
{
	return can_have_targets(mm, task) || logged_mm(mm) || holding_task_of(task);
}

static __always_inline void begin_hold(struct mm_struct *mm)
{
	struct holding_task *its;
	__u64 now_ns;

	if (!can_be_in_the_way(mm, bpf_get_current_task_btf()))
		return;
	its = make_holding_task();
	if (!its)
		return;
	now_ns = bpf_ktime_get_ns();
	open_hold(&its->writer, (__u64)mm, now_ns);
	if (its->writer.holds[0].since_ns == now_ns)
		begin_course(&its->course, now_ns);
}

/*
 * The current task @released the lock, or has it to read now: if it still owns it for
 * write, it is about to downgrade it. A hold that is not known, having begun before, ends
 * only where the lock is released.
 */
static __always_inline void end_hold(void *ctx, struct mm_struct *mm, bool released)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ended_hold end = { .its = holding_task_of(task) };
	struct write_hold *hold = end.its ? hold_of(&end.its->writer, (__u64)mm) : NULL;

	if (hold)
		end.since_ns = close_hold(hold);
	if (!end.since_ns && !released)
		return;
	if (end.its && !released && write_owner(mm) != (unsigned long)task) {
		tell_unseen_end(end.its, end.since_ns);
		return;
	}
	end.run_delay = run_delay_of(task);
	end.end_ns = bpf_ktime_get_ns();
	if (end.its && end.since_ns && end.its->course.since_ns == end.since_ns) {
		end.followed = true;
		end_course(&end.its->course);
	}
	end.noted = end.since_ns && READ_ONCE(hold->noted);
	end.mm = logged_mm(mm);
	if (end.noted || end.mm)
		tell_end(ctx, &end);
	if (end.since_ns && can_have_targets(mm, task))
		add_process_time(task, VMALOCK_MMAP_WRITE_HELD, end.end_ns - end.since_ns);
}

/*
 * A downgrade is a read lock acquired by who holds the lock for write, and no
 * other event. The barriers keep both reads at offsets that are constant, as
 * the verifier demands of a context.
 */
SEC("tp_btf/mmap_lock_acquire_returned")
int mmap_lock_acquired(__u64 *ctx)
{
	struct mm_struct *mm = (struct mm_struct *)ctx[0];
	__u64 write, success;

	if (bpf_core_type_matches(btf_trace_mmap_lock_released)) {
		write = ctx[1];
		success = ctx[2];
		barrier_var(write);
		barrier_var(success);
	} else {
		write = ctx[2];
		success = ctx[3];
		barrier_var(write);
		barrier_var(success);
	}
	if (!(success & 1))
		return 0;
	if (write & 1) {
		begin_hold(mm);
	} else {
		end_hold(ctx, mm, false);
		begin_reading(mm);
	}
	return 0;
}

SEC("tp_btf/mmap_lock_released")
int mmap_lock_released(__u64 *ctx)
{
	struct mm_struct *mm = (struct mm_struct *)ctx[0];
	__u64 write;

	if (bpf_core_type_matches(btf_trace_mmap_lock_released)) {
		write = ctx[1];
		barrier_var(write);
	} else {
		write = ctx[2];
		barrier_var(write);
	}
	if (write & 1)
		end_hold(ctx, mm, true);
	else
		end_reading(ctx, mm);
	return 0;
}

/* ---- the victim's side */

/* The writer of a moment, as the victim saw it. */
struct found_writer {
	struct task_struct *task;	/* with a reference, or NULL */
	struct writer_task *storage;
	struct write_hold *hold;	/* NULL if it is not known to hold */
	__u64 since_ns;
	bool all_through;		/* the refused call */
	struct vmalock_writer key;
};

/*
 * Who owns mmap_lock. To be asked before anything else in an abort: the writer
 * does not wait. What is read of the owner counts only if it owns the lock
 * still; a task that is gone cannot be taken for another. A hold that has begun only
 * since @asked_ns refused nothing. One that began before the call, which the task
 * @entered_ns, was in its way all through; one that began in between may have followed
 * the one that refused.
 */
static __noinline void find_writer(struct mm_struct *mm, __u64 entered_ns, __u64 asked_ns,
				   struct found_writer *found)
{
	unsigned long owner = write_owner(mm);
	struct holding_task *its;
	struct task_struct *task;
	struct write_hold *hold;

	if (!owner)
		return;
	task = bpf_task_from_pid(BPF_CORE_READ((struct task_struct *)owner, pid));
	if (!task)
		return;
	found->key = writer_key(task, VMALOCK_WRITER_UNSEEN);
	its = holding_task_of(task);
	if (its) {
		found->storage = &its->writer;
		hold = hold_of(found->storage, (__u64)mm);
		if (hold) {
			found->since_ns = READ_ONCE(hold->since_ns);
			found->hold = hold;
			found->all_through = found->since_ns < entered_ns;
			/* If it owns the lock and has ended its hold, it is letting go. */
			if (!found->since_ns || found->all_through)
				found->key.state = VMALOCK_WRITER_LEFT;
		}
	}
	if ((unsigned long)task == owner && found->since_ns <= asked_ns &&
	    write_owner(mm) == owner)
		found->task = task;
	else
		bpf_task_release(task);
}

/*
 * Does it own mmap_lock still, by the same hold? Then what was read of a VMA since it
 * was found is its doing, and not that of one who came in between.
 */
static __always_inline bool is_still_there(const struct found_writer *found, struct mm_struct *mm)
{
	return found->task && write_owner(mm) == (unsigned long)found->task &&
	       (!found->hold || READ_ONCE(found->hold->since_ns) == found->since_ns);
}

static __always_inline enum vmalock_abort_by refused_by(enum vmalock_abort_reason reason)
{
#define IS_BY(name, key, words, by) | (__u64)(by) << 2 * (name)
	return (0 VMALOCK_ABORT_REASONS(IS_BY)) >> 2 * reason & 3;
#undef IS_BY
}

/* @found was found before @abort's reason was read of @vma, in @mm. */
static __noinline void blame_writer(struct found_writer *found, struct mm_struct *mm,
				    const struct vmalock_abort_key *abort,
				    struct vm_area_struct *vma)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct vmalock_victim victim = {
		.process = process_key(task),
		.caller = abort->caller,
		.reason = abort->reason,
	};
	static const struct vmalock_writer gone = { .state = VMALOCK_WRITER_GONE };
	enum vmalock_abort_by by = refused_by(abort->reason);
	bool crowded = false;
	__u64 aborts;

	if (by == VMALOCK_BY_NOBODY)
		goto out;
	if (by_identity())	/* its group has no process to name */
		learn_name(task->group_leader, &victim.process);
	if (vma) {
		victim.vm_start = BPF_CORE_READ(vma, vm_start);
		victim.vm_end = BPF_CORE_READ(vma, vm_end);
	}
	if (by != VMALOCK_BY_OWNER || !is_still_there(found, mm)) {
		add_blame(&gone, &victim, 1);
		goto out;
	}
	aborts = 1;
	if (found->since_ns && found->all_through)
		aborts = leave_note(found->storage, found->hold, found->since_ns, &victim,
				    &crowded);
	if (crowded)
		found->key.state = VMALOCK_WRITER_CROWDED;
	if (aborts) {
		add_blame(&found->key, &victim, aborts);
		holds_of(found->task, &found->key);
	}
out:
	if (found->task)
		bpf_task_release(found->task);
}

#endif /* VMALOCK_WRITERS_BPF_H */
