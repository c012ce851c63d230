/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * notes.bpf.h - the notes that victims leave with a writer: a protocol without locks.
 *
 * A hold is identified by the time it began, which is zero outside of one. The
 * writer ends the hold before it gathers the notes; the victim checks whether the
 * hold has ended after it has left its note. Both are full barriers, so one of the
 * two sees the other. The one that takes the note's count by exchange accounts for
 * the abort.
 *
 * selftests/host/core compiles this file for the host: with one victim it runs under every
 * schedule of its atomic operations and READ_ONCE(), with several under random ones.
 */
#ifndef VMALOCK_NOTES_BPF_H
#define VMALOCK_NOTES_BPF_H

#include "kernel_types.h"
#include "uapi/writer_records.h"

/* Written by the task that has it, except for noted, which victims set. */
struct write_hold {
	__u64 mm;
	__u64 since_ns;			/* zero: has ended */
	__u64 noted;			/* a victim has left a note */
};

/* Written by victims; the count is added to by them and taken by anyone. */
struct note {
	struct vmalock_victim victim;
	__u64 since_ns;			/* of the hold it is about */
	__u64 count;
};

struct writer_task {
	struct write_hold holds[2];	/* the second within the first, by fork */
	__u64 next_note;		/* only grows: notes are overwritten late */
	struct note notes[VMALOCK_NOTES];
};

/* The hold of @mm that a task has or had last; NULL if it had others since. */
static __always_inline struct write_hold *hold_of(struct writer_task *task, __u64 mm)
{
	struct write_hold *hold = &task->holds[task->holds[0].mm != mm];

	return hold->mm == mm ? hold : NULL;
}

/* ---- the writer's side */

static __always_inline void open_hold(struct writer_task *mine, __u64 mm, __u64 now_ns)
{
	struct write_hold *hold = &mine->holds[mine->holds[0].since_ns && mine->holds[0].mm != mm];

	hold->mm = mm;
	hold->noted = 0;
	/* A victim that reads the time must see the rest. */
	__sync_lock_test_and_set(&hold->since_ns, now_ns);
}

/* Returns when it began, zero if it has ended before. */
static __always_inline __u64 close_hold(struct write_hold *hold)
{
	return __sync_lock_test_and_set(&hold->since_ns, 0);
}

/* How many aborts of its victim the note has about this hold; who asks accounts for them. */
static __always_inline __u64 take_note(struct note *note, __u64 since_ns)
{
	if (READ_ONCE(note->since_ns) != since_ns)
		return 0;
	return __sync_lock_test_and_set(&note->count, 0);
}

/* ---- the victim's side */

/*
 * Is the note about that hold? Read whose it is only after this: the exchange is a barrier,
 * which a load is not on all CPUs (selftests/models/note-found.litmus).
 */
static __always_inline bool is_about(struct note *note, __u64 since_ns)
{
	return READ_ONCE(note->since_ns) == since_ns &&
	       __sync_val_compare_and_swap(&note->since_ns, since_ns, since_ns) == since_ns;
}

static __always_inline bool same_victim(const struct vmalock_victim *a,
					const struct vmalock_victim *b)
{
	return a->process.tgid == b->process.tgid && a->process.start_ns == b->process.start_ns &&
	       a->vm_start == b->vm_start && a->vm_end == b->vm_end &&
	       a->caller == b->caller && a->reason == b->reason;
}

/*
 * Count this victim of this hold. Returns which note does so, VMALOCK_NOTES if none:
 * there are too many others. Not static, see maple_find().
 */
__noinline int count_note(struct writer_task *writer, __u64 since_ns,
			  const struct vmalock_victim *victim)
{
	bool crowded = true;
	struct note *note;
	__u32 i;

	if (!writer || !victim)
		return VMALOCK_NOTES;
	for (i = 0; i < VMALOCK_NOTES; i++) {
		note = &writer->notes[i];
		if (!is_about(note, since_ns)) {
			crowded = false;
		} else if (same_victim(&note->victim, victim)) {
			__sync_fetch_and_add(&note->count, 1);
			return i;
		}
	}
	if (crowded)
		return VMALOCK_NOTES;
	i = __sync_fetch_and_add(&writer->next_note, 1) % VMALOCK_NOTES;
	note = &writer->notes[i];
	note->victim = *victim;
	/*
	 * A victim of the hold before that is this late may be adding, or about to
	 * take back what it added, and two victims of this one may have found the same
	 * note. It is added to, not set: one of the two may be counted as the other,
	 * but none is lost.
	 */
	__sync_fetch_and_add(&note->count, 1);
	/* Whoever finds it by its hold must see the rest. */
	__sync_lock_test_and_set(&note->since_ns, since_ns);
	return i;
}

/*
 * Leave a note about @hold of @writer, which began at @since_ns. Returns how many aborts
 * the writer will not account for, as a rule zero or one; it is @crowded if there was no
 * note to be had.
 */
static __always_inline __u64 leave_note(struct writer_task *writer, struct write_hold *hold,
					__u64 since_ns, const struct vmalock_victim *victim,
					bool *crowded)
{
	const __u32 note = count_note(writer, since_ns, victim);

	*crowded = note >= VMALOCK_NOTES;
	if (*crowded)
		return 1;
	__sync_lock_test_and_set(&hold->noted, 1);
	if (READ_ONCE(hold->since_ns) == since_ns)
		return 0;
	return __sync_lock_test_and_set(&writer->notes[note].count, 0);
}

#endif /* VMALOCK_NOTES_BPF_H */
