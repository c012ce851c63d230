/* SPDX-License-Identifier: GPL-2.0-only */
/* durations.h - how often something took how long. */
#ifndef VMALOCK_UAPI_DURATIONS_H
#define VMALOCK_UAPI_DURATIONS_H

#include "uapi/types.h"

/* Waits are counted by their length: bucket n from 2^n ns to twice that. */
#define VMALOCK_WAIT_BUCKETS 40

/* Times by their length, in the same buckets as waits. */
struct vmalock_times {
	vmalock_u64 total_ns;
	vmalock_u64 buckets[VMALOCK_WAIT_BUCKETS];
};

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_times) == 8 + 8 * VMALOCK_WAIT_BUCKETS);

#endif /* VMALOCK_UAPI_DURATIONS_H */
