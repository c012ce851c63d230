/* SPDX-License-Identifier: GPL-2.0-only */
/* losses.h - what the tracer should have counted and did not. */
#ifndef VMALOCK_UAPI_LOSSES_H
#define VMALOCK_UAPI_LOSSES_H

/* Why something the tracer should have counted was not. */
enum vmalock_loss {
	VMALOCK_LOSS_COUNTS_FULL,	/* faults: no room for the group */
	VMALOCK_LOSS_ABORTS_FULL,	/* aborts: no room for caller and reason */
	VMALOCK_LOSS_TARGETS_FULL,	/* children not followed: no room */
	VMALOCK_LOSS_FALLBACKS_FULL,	/* fallbacks: no room for the cause */
	VMALOCK_LOSS_BLAMES_FULL,	/* writers: no room for writer and victim */
	VMALOCK_LOSS_STACKS_FULL,	/* writers: no room for a stack */
	VMALOCK_LOSS_TIMES_FULL,	/* times: no room for the process */
	VMALOCK_LOSS_TASKS_FULL,	/* writers, waits, times: no memory for the task */
	VMALOCK_LOSS_WAITING_FULL,	/* waits: too many writers wait at once */
	VMALOCK_LOSS_WAITS_FULL,	/* waits: not fetched in time */
	VMALOCK_LOSS_RETURNS,		/* exact mode: no room to see the return */
	VMALOCK_LOSS_EVENTS_FULL,	/* events: not fetched in time */
	VMALOCK_LOSS_NR,
};

#endif /* VMALOCK_UAPI_LOSSES_H */
