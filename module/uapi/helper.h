/* SPDX-License-Identifier: GPL-2.0-only */
/* helper.h - the helpers of the kernel module, and how their calls are counted. */
#ifndef VMALOCK_UAPI_HELPER_H
#define VMALOCK_UAPI_HELPER_H

#include "uapi/types.h"

/*
 * How one call of a helper ended. Indexes the per-CPU counters that the module
 * keeps for each caller and prints in /sys/kernel/debug/vmalock/stats. The last
 * two are of the trylock, the others of the helpers that wait.
 *
 * X(name, key)
 */
#define VMALOCK_OUTCOMES(X) \
	/* locked on the RCU fast path */ \
	X(VMALOCK_OUTCOME_FAST, "fast") \
	/* locked after waiting for a writer */ \
	X(VMALOCK_OUTCOME_WAITED, "waited") \
	/* nothing is mapped at the address */ \
	X(VMALOCK_OUTCOME_UNMAPPED, "unmapped") \
	/* a fatal signal ended the wait */ \
	X(VMALOCK_OUTCOME_INTERRUPTED, "interrupted") \
	/* the reader count is at its limit */ \
	X(VMALOCK_OUTCOME_SATURATED, "saturated") \
	/* locked */ \
	X(VMALOCK_OUTCOME_TRYLOCK, "trylock") \
	/* not locked, for whatever reason */ \
	X(VMALOCK_OUTCOME_REFUSED, "refused")

enum vmalock_outcome {
	VMALOCK_OUTCOMES(VMALOCK_ENUMERATOR)
	VMALOCK_OUTCOME_NR,
};

/*
 * Calls are counted by the module that made them. The modules that come when
 * all places are taken share the last one, which has no name.
 */
#define VMALOCK_CALLERS 16

#endif /* VMALOCK_UAPI_HELPER_H */
