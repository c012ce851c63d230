/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * releasers.bpf.h - the reader that woke a waiting writer, as itself says: a protocol
 * without locks.
 *
 * The reader looks up the wait and writes who it is. It can be preempted in between until
 * another wait has the slot. So it says which wait it means, by its number. One that is late
 * for an earlier wait may be the first to write about this one: the next takes its place, so
 * that the last counts, which has ended the wait. A place is busy while it is written to;
 * nobody waits for it, and what the writer does not find whole it does not believe.
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

static __always_inline void finish_place(struct releaser_place *place, __u64 wait)
{
	__sync_lock_test_and_set(&place->state, wait << 1);
}

/* To be asked before and after it is read, of which it is a barrier. */
static __always_inline bool is_whole(struct releaser_place *place, __u64 wait)
{
	return __sync_val_compare_and_swap(&place->state, wait << 1, wait << 1) == wait << 1;
}

#endif /* VMALOCK_RELEASERS_BPF_H */
