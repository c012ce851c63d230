/* SPDX-License-Identifier: GPL-2.0-only */
/* losses.h - what the tracer should have counted and did not. */
#ifndef VMALOCK_UAPI_LOSSES_H
#define VMALOCK_UAPI_LOSSES_H

#include "uapi/types.h"

/*
 * Why something the tracer should have counted was not.
 *
 * X(name, key, words)
 */
#define VMALOCK_LOSSES(X) \
	/* faults: no room for the group */ \
	X(VMALOCK_LOSS_COUNTS_FULL, "counts_full", "faults beyond the table's size") \
	/* aborts: no room for caller and reason */ \
	X(VMALOCK_LOSS_ABORTS_FULL, "aborts_full", "aborts beyond the table's size") \
	/* children not followed: no room */ \
	X(VMALOCK_LOSS_TARGETS_FULL, "targets_full", "children not followed") \
	/* fallbacks: no room for the cause */ \
	X(VMALOCK_LOSS_FALLBACKS_FULL, "fallbacks_full", "causes beyond the table's size") \
	/* misses: no room for the group */ \
	X(VMALOCK_LOSS_MISSES_FULL, "misses_full", "misses beyond the table's size") \
	/* writers: no room for writer and victim */ \
	X(VMALOCK_LOSS_BLAMES_FULL, "blames_full", "aborts by writers beyond the table's size") \
	/* writers: no room for holder and waiter */ \
	X(VMALOCK_LOSS_LOCK_WAITS_FULL, "lock_waits_full", \
	  "waits for mmap_lock beyond the table's size") \
	/* writers: no room for a place to hold mmap_lock from */ \
	X(VMALOCK_LOSS_FOLLOWED_FULL, "followed_full", \
	  "how holds of mmap_lock passed, beyond the table's size") \
	/* writers: no room for a stack */ \
	X(VMALOCK_LOSS_STACKS_FULL, "stacks_full", "stacks of writers beyond the table's size") \
	/* writers: another stack of the same hash in its place */ \
	X(VMALOCK_LOSS_STACKS_COLLIDED, "stacks_collided", \
	  "stacks of writers whose place another stack has") \
	/* times: no room for the process */ \
	X(VMALOCK_LOSS_TIMES_FULL, "times_full", "times of processes beyond the table's size") \
	/* writers, waits, times: no memory for the task */ \
	X(VMALOCK_LOSS_TASKS_FULL, "tasks_full", \
	  "write locks, waits and times, because memory ran out") \
	/* waits: too many writers wait at once */ \
	X(VMALOCK_LOSS_WAITING_FULL, "waiting_full", \
	  "waits of writers beyond those followed at once") \
	/* waits: not fetched in time */ \
	X(VMALOCK_LOSS_WAITS_FULL, "waits_full", "waits of writers that were not fetched in time") \
	/* waits: more threads than a scan looks at */ \
	X(VMALOCK_LOSS_SCANS_CUT, "scans_cut", "scans for readers that ended at 4,096 threads") \
	/* exact mode: no room to see the return */ \
	X(VMALOCK_LOSS_RETURNS, "returns", "calls whose return could not be seen") \
	/* events: not fetched in time */ \
	X(VMALOCK_LOSS_EVENTS_FULL, "events_full", "events that were not fetched in time")

enum vmalock_loss {
	VMALOCK_LOSSES(VMALOCK_ENUMERATOR)
	VMALOCK_LOSS_NR,
};

#endif /* VMALOCK_UAPI_LOSSES_H */
