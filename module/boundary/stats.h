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

/* How many VMA locks a caller holds, exact while it makes no calls. */
s64 vmalock_stats_held(unsigned int caller);

#endif /* VMALOCK_BOUNDARY_STATS_H */
