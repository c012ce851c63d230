// SPDX-License-Identifier: GPL-2.0-only
#include "model/process_times.hh"

#include <algorithm>
#include <utility>

namespace vmalock {

namespace {

std::uint64_t sum_ns(const process_times_row &row)
{
	std::uint64_t sum = 0;

	for (const auto &[what, spent] : row.spent)
		sum += spent.total_ns;
	return sum;
}

} // namespace

process_times compare(const std::vector<process_time> &before,
		      const std::vector<process_time> &after, const process_names &names)
{
	std::map<std::pair<process_id, vmalock_time>, const times *> old;
	std::map<process_id, times_by_what> rows;
	process_times result;

	for (const process_time &entry : before)
		old.emplace(std::pair(entry.process, entry.what), &entry.spent);
	for (const process_time &entry : after) {
		auto then = old.find({entry.process, entry.what});
		const times grown = then == old.end() ? entry.spent : entry.spent - *then->second;

		if (!count_of(grown.buckets))
			continue;
		rows[entry.process][entry.what] = grown;
		result.all[entry.what] += grown;
	}
	for (auto &[process, spent] : rows)
		result.processes.push_back({process, name_of(names, process), std::move(spent)});
	std::ranges::stable_sort(result.processes, std::ranges::greater{}, sum_ns);
	return result;
}

} // namespace vmalock
