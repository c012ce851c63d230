/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VMALOCK_BOUNDARY_STATS_H
#define VMALOCK_BOUNDARY_STATS_H

/* Make and remove /sys/kernel/debug/vmalock. At load and unload, may sleep. */
void vmalock_stats_create(void);
void vmalock_stats_remove(void);

#endif /* VMALOCK_BOUNDARY_STATS_H */
