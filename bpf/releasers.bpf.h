/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * releasers.bpf.h - the reader that woke a waiting writer, as itself says: a protocol
 * without locks.
 *
 * The reader looks up the wait and writes who it is. It can be preempted in between until
 * another wait has the slot. So it says which wait it means, by its number. One that is late
 * for an earlier wait may be the first to write about this one: the next takes its place, so
 * that the last counts, which has ended the wait. A place is busy while a reader writes to it
 * and while the writer reads it; nobody waits for it: a reader that finds it busy writes
 * nothing, and a writer believes only what it finds whole. Without taking it, the writer
 * could not tell that a second reader wrote about its wait while it read.
 *
 * selftests/host/core compiles this file for the host and runs it under schedules of two
 * waits and their readers.
 */
#ifndef VMALOCK_RELEASERS_BPF_H
#define VMALOCK_RELEASERS_BPF_H

#include "kernel_types.h"
#include "uapi/wait_records.h"

#define PLACE_BUSY	1

struct releaser_place {
	__u64 state;			/* the wait that it is written about, twice; PLACE_BUSY */
	struct vmalock_releaser who;
};

/* May the caller write who released the lock that @wait is for? */
static __always_inline bool claim_place(struct releaser_place *place, __u64 wait)
{
	const __u64 state = READ_ONCE(place->state);

	if (state & PLACE_BUSY || state > wait << 1)
		return false;
	return __sync_val_compare_and_swap(&place->state, state, wait << 1 | PLACE_BUSY) == state;
}

/* May the writer, whose @wait is over, read who released the lock? */
static __always_inline bool take_place(struct releaser_place *place, __u64 wait)
{
	return __sync_val_compare_and_swap(&place->state, wait << 1,
					   wait << 1 | PLACE_BUSY) == wait << 1;
}

/* After either of them: what was written is whole, what was to be read is read. */
static __always_inline void leave_place(struct releaser_place *place, __u64 wait)
{
	__sync_lock_test_and_set(&place->state, wait << 1);
}

#endif /* VMALOCK_RELEASERS_BPF_H */
