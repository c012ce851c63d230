// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Reading BPF maps while programs write them.
 */
#pragma once

#include <algorithm>
#include <bpf/libbpf.h>
#include <cstring>
#include <set>
#include <string>

#include "model/snapshot.hh"
#include "uapi/processes.h"

namespace vmalock {

/** Calls @p visit with each key of @p map once. */
template <class Key>
void for_each_key(const bpf_map *map, auto visit)
{
	auto less = [](const Key &a, const Key &b) { return std::memcmp(&a, &b, sizeof(a)) < 0; };
	std::set<Key, decltype(less)> seen;
	Key key;
	const Key *previous = nullptr;

	// A new entry may make the walk start anew and show an old key again.
	while (!bpf_map__get_next_key(map, previous, &key, sizeof(key))) {
		if (seen.insert(key).second)
			visit(key);
		previous = &key;
	}
}

/** Calls @p add with each key of @p map once, and its value. */
template <class Key, class Value>
void for_each_entry(const bpf_map *map, auto add)
{
	for_each_key<Key>(map, [&](const Key &key) {
		Value value;

		if (!bpf_map__lookup_elem(map, &key, sizeof(key), &value, sizeof(value), 0))
			add(key, value);
	});
}

inline process_id id_of(const vmalock_process_key &key)
{
	return {key.tgid, key.start_ns};
}

inline times times_of(const vmalock_times &counted)
{
	times result = {counted.total_ns, {}};

	std::ranges::copy(counted.buckets, result.buckets.begin());
	return result;
}

/** Text of the kernel's, which ends with the array or before. */
template <std::size_t size>
std::string text_of(const char (&bytes)[size])
{
	return {bytes, strnlen(bytes, size)};
}

} // namespace vmalock
