// SPDX-License-Identifier: GPL-2.0-only
#include "collect/tables.hh"

#include <bpf/libbpf.h>
#include <iterator>

#include "vmalock.skel.h"

namespace vmalock {

namespace {

/** Of a second each, see run_loop. */
constexpr unsigned most_refused = 10;

std::uint64_t used(const vmalock_bpf &bpf, std::size_t table)
{
	return *const_cast<volatile __u64 *>(&bpf.bss->entries_made[table]) -
	       bpf.bss->entries_removed[table];
}

} // namespace

const bpf_map *map_of(const vmalock_bpf &bpf, vmalock_table table)
{
	switch (table) {
#define MAP_OF(name, map) \
	case name: return bpf.maps.map;
		VMALOCK_TABLES(MAP_OF)
#undef MAP_OF
	case VMALOCK_TABLE_NR: break;
	}
	return nullptr;
}

void set_table_sizes(vmalock_bpf &bpf)
{
	for (int table = 0; table < VMALOCK_TABLE_NR; table++)
		bpf.rodata->table_sizes[table] =
			bpf_map__max_entries(map_of(bpf, static_cast<vmalock_table>(table)));
}

void remove_entry(vmalock_bpf &bpf, vmalock_table table, const void *key, std::size_t size)
{
	if (!bpf_map__delete_elem(map_of(bpf, table), key, size, 0))
		bpf.bss->entries_removed[table]++;
}

bool crowds::is_time(const vmalock_bpf &bpf)
{
	bool crowded = false, grew = false;

	for (std::size_t table = 0; table < std::size(used_then); table++) {
		const std::uint64_t size = bpf.rodata->table_sizes[table], now = used(bpf, table);

		if (now <= size - size / 4) {
			used_then[table] = 0;
			continue;
		}
		crowded = true;
		grew = grew || now > used_then[table] + size / 16;
	}
	if (!crowded || (!grew && ++refused < most_refused))
		return false;
	refused = 0;
	for (std::size_t table = 0; table < std::size(used_then); table++)
		used_then[table] = used(bpf, table);
	return true;
}

} // namespace vmalock
