// SPDX-License-Identifier: GPL-2.0-only
#include "model/filter.hh"

namespace vmalock {

std::set<process_id> processes_named(const snapshot &snapshot, std::string_view name)
{
	std::set<process_id> result;

	for (const process_name &process : snapshot.names)
		if (process.name == name.substr(0, VMALOCK_COMM_LEN - 1))
			result.insert(process.id);
	return result;
}

snapshot filter(snapshot all, const std::set<process_id> &processes)
{
	auto keep = [&](auto &entries, auto process_of) {
		std::erase_if(entries, [&](const auto &entry) {
			return !processes.contains(process_of(entry));
		});
	};
	auto of_group = [](const auto &entry) { return entry.id.process; };
	auto of_time = [](const process_time &time) { return time.process; };

	keep(all.faults, of_group);
	keep(all.mappings, of_group);
	keep(all.aborts, of_group);
	keep(all.fallbacks, of_group);
	if (all.writers) {
		keep(all.writers->blames, [](const blame &blame) { return blame.victim.process; });
		keep(all.writers->mmap_times, of_time);
	}
	if (all.waits)
		keep(*all.waits, [](const waiting_writer &writer) { return writer.id; });
	if (all.fault_times)
		keep(*all.fault_times, of_time);
	return all;
}

} // namespace vmalock
