// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Reading BPF maps while programs write them.
 */
#pragma once

#include <bpf/libbpf.h>

#include "model/snapshot.hh"

namespace vmalock {

/** Calls @p visit with every key of a map. */
template <class Key, class Visit>
void for_each_key(const bpf_map *map, Visit visit)
{
	Key key;
	const Key *previous = nullptr;

	// A new entry may make the walk start anew and show an old key again;
	// the entries are gathered by key, so seeing one twice is harmless.
	while (!bpf_map__get_next_key(map, previous, &key, sizeof(key))) {
		visit(key);
		previous = &key;
	}
}

inline process_id id_of(const vmalock_process_key &key)
{
	return {key.tgid, key.start_ns};
}

} // namespace vmalock
