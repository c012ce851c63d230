/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * counters.bpf.h - counts by key, for events that are rare enough to be counted
 * atomically in a table that all CPUs share.
 */
#ifndef VMALOCK_COUNTERS_BPF_H
#define VMALOCK_COUNTERS_BPF_H

#include "losses.bpf.h"
#include "room.bpf.h"

/*
 * Add @more to the __u64 at @key of @map, which is @table. Returns whether it is new
 * there. A map that is full counts as the loss @full.
 */
static __always_inline bool add_to(void *map, enum vmalock_table table, const void *key,
				   __u64 more, enum vmalock_loss full)
{
	__u64 *count = bpf_map_lookup_elem(map, key), zero = 0;
	bool is_new = !count;

	if (is_new) {
		make_entry(map, table, key, &zero);
		count = bpf_map_lookup_elem(map, key);
	}
	if (count)
		__sync_fetch_and_add(count, more);
	else
		count_loss(full);
	return is_new;
}

#endif /* VMALOCK_COUNTERS_BPF_H */
