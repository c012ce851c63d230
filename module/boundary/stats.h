/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VMALOCK_BOUNDARY_STATS_H
#define VMALOCK_BOUNDARY_STATS_H

#include <linux/types.h>

/*
 * Make and remove the counters and /sys/kernel/debug/vmalock. At load and
 * unload, may sleep; 0 or -ENOMEM.
 */
int vmalock_stats_create(bool with_owners);
void vmalock_stats_remove(void);

/* By how much a caller locked more than it released, exact while it makes no calls. */
s64 vmalock_stats_held(unsigned int caller);
/* By how much callers have released more than they took, each by itself. */
s64 vmalock_stats_deficit(void);

#endif /* VMALOCK_BOUNDARY_STATS_H */
