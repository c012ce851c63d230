/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * room.bpf.h - is there room in a table for one more entry?
 *
 * The kernel finds out that a hash table is full under locks that all CPUs share. A
 * program asks here first: these words are written only when entries are made or
 * removed, so reading them while a table is full costs no CPU anything. Two programs may
 * both be told of the last room; the kernel refuses one of them.
 */
#ifndef VMALOCK_ROOM_BPF_H
#define VMALOCK_ROOM_BPF_H

#include "kernel_types.h"
#include "uapi/tables.h"

/* Set before loading. */
const volatile __u32 table_sizes[VMALOCK_TABLE_NR];

__u64 entries_made[VMALOCK_TABLE_NR];		/* by programs, atomically */
__u64 entries_removed[VMALOCK_TABLE_NR];	/* by user space alone */

static __always_inline __u64 room_in(enum vmalock_table table)
{
	__u64 used = entries_made[table] - entries_removed[table];

	return used < table_sizes[table] ? table_sizes[table] - used : 0;
}

/* Make the entry @key of @map. Another CPU may be first; then it is not new here. */
static __always_inline bool make_entry(void *map, enum vmalock_table table, const void *key,
				       const void *value)
{
	if (!room_in(table) || bpf_map_update_elem(map, key, value, BPF_NOEXIST))
		return false;
	__sync_fetch_and_add(&entries_made[table], 1);
	return true;
}

#endif /* VMALOCK_ROOM_BPF_H */
