// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * All that two snapshots know about a place from which a thread takes mmap_lock. Pure.
 */
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/writers.hh"

namespace vmalock {

/** Refers to the snapshots that it is made of. */
class writer_sites {
public:
	writer_sites(const writer_counts &before, const writer_counts &after);

	/** With neither aborts nor sites. */
	writer_row row(const writer_key &writer, const process_names &names) const;
	/** With neither aborts nor victims. */
	writer_site site(const writer_key &writer, bool reads = false) const;

private:
	const std::vector<std::string> &functions_of(std::uint32_t kernel_stack) const;
	followed_holds followed_of(const writer_key &writer, bool reads) const;

	using place = std::pair<writer_key, bool>;	///< the latter: reads
	std::map<place, const place_followed *> followed_before, followed;
	std::map<writer_key, const times *> held_before;
	std::map<writer_key, const writer_holds *> writers;
	std::map<std::uint32_t, const kernel_stack *> kernel_stacks;
	std::map<std::uint32_t, const user_stack *> user_stacks;
	std::map<std::pair<process_id, std::uint32_t>, const user_frames *> named_stacks;
};

} // namespace vmalock
