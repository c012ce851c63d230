/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * releasers.bpf.h - the reader that woke a waiting writer, as itself says: a protocol
 * without locks.
 *
 * The reader looks up the wait and writes who it is. It can be preempted in between until
 * another wait has the slot. So it says which wait it means by when that began. The first to
 * claim a slot's place for a wait writes; when it is done, it marks what it wrote as whole.
 * The writer, which goes on by itself when the readers have left, believes what is whole and
 * about its own wait. Times only grow, so a reader that comes too late claims nothing.
 *
 * selftests/host/core compiles this file for the host and runs it under every schedule of
 * two waits and their readers.
 */
#ifndef VMALOCK_RELEASERS_BPF_H
#define VMALOCK_RELEASERS_BPF_H

#include "kernel_types.h"
#include "uapi/wait_records.h"

struct releaser_place {
	__u64 claimed;			/* began_ns of the wait that it is written about */
	__u64 whole;			/* the same, once it is written */
	struct vmalock_releaser who;
};

/* May the caller write who released the wait that began at @began_ns? */
static __always_inline bool claim_place(struct releaser_place *place, __u64 began_ns)
{
	const __u64 before = READ_ONCE(place->claimed);

	/* Somebody who still writes about an earlier wait would write into this one's. */
	if (before >= began_ns || READ_ONCE(place->whole) != before)
		return false;
	return __sync_val_compare_and_swap(&place->claimed, before, began_ns) == before;
}

static __always_inline void mark_whole(struct releaser_place *place, __u64 began_ns)
{
	__sync_lock_test_and_set(&place->whole, began_ns);
}

/* Read who only after this: the exchange is a barrier. */
static __always_inline bool is_whole(struct releaser_place *place, __u64 began_ns)
{
	return __sync_val_compare_and_swap(&place->whole, began_ns, began_ns) == began_ns;
}

#endif /* VMALOCK_RELEASERS_BPF_H */
