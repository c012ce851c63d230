// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The tables in which BPF programs make entries, and how full they are.
 */
#pragma once

#include <cstddef>
#include <cstdint>

#include "uapi/tables.h"

struct bpf_map;
struct vmalock_bpf;

namespace vmalock {

const bpf_map *map_of(const vmalock_bpf &bpf, vmalock_table table);

/** Tell the programs the sizes of their tables. To be called before they are loaded. */
void set_table_sizes(vmalock_bpf &bpf);

/** Takes an entry out, so that there is room for another. */
void remove_entry(vmalock_bpf &bpf, vmalock_table table, const void *key, std::size_t size);

/** How much of a table may be used before it is time to make room, as far as there is any. */
class crowds {
public:
	/**
	 * Is it time? Reads a few words of memory. Where nothing more could be done the last
	 * time, it is time again when a table has got fuller, and now and then.
	 */
	bool is_time(const vmalock_bpf &bpf);

private:
	std::uint64_t used_then[VMALOCK_TABLE_NR] = {};
	unsigned refused = 0;		///< in a row
};

} // namespace vmalock
