/* SPDX-License-Identifier: GPL-2.0-only */
/* helper.h - the helpers of the kernel module, and how their calls are counted. */
#ifndef VMALOCK_UAPI_HELPER_H
#define VMALOCK_UAPI_HELPER_H

/*
 * How one call of a helper ended. Indexes the per-CPU counters that the module
 * keeps for each caller and prints in /sys/kernel/debug/vmalock/stats.
 */
enum vmalock_outcome {
	/* of the waiting helpers */
	VMALOCK_OUTCOME_FAST,		/* locked on the RCU fast path */
	VMALOCK_OUTCOME_WAITED,		/* locked after waiting for a writer */
	VMALOCK_OUTCOME_UNMAPPED,	/* nothing is mapped at the address */
	VMALOCK_OUTCOME_INTERRUPTED,	/* a fatal signal ended the wait */
	VMALOCK_OUTCOME_SATURATED,	/* the reader count is at its limit */
	/* of the trylock */
	VMALOCK_OUTCOME_TRYLOCK,	/* locked */
	VMALOCK_OUTCOME_REFUSED,	/* not locked, for whatever reason */
	VMALOCK_OUTCOME_NR,
};

/*
 * Calls are counted by the module that made them. The modules that come when
 * all places are taken share the last one, which has no name.
 */
#define VMALOCK_CALLERS 16

#endif /* VMALOCK_UAPI_HELPER_H */
