// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * All that two snapshots know about a place from which a thread takes mmap_lock. Pure.
 */
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "model/writers.hh"

namespace vmalock {

/** Refers to the snapshots that it is made of. */
class writer_sites {
public:
	writer_sites(const writer_counts &before, const writer_counts &after);

	/** With neither aborts nor sites. */
	writer_row row(const writer_key &writer, const process_names &names) const;
	/** With neither aborts nor victims. */
	writer_site site(const writer_key &writer) const;

private:
	std::map<writer_key, const times *> held_before;
	std::map<writer_key, const writer_holds *> writers;
	std::map<std::uint32_t, const kernel_stack *> kernel_stacks;
	std::map<std::uint32_t, const user_stack *> user_stacks;
	std::map<std::pair<process_id, std::uint32_t>, const user_frames *> named_stacks;
};

} // namespace vmalock
