// SPDX-License-Identifier: GPL-2.0-only
#include "model/filter.hh"

namespace vmalock {

std::set<group_id> groups_named(const snapshot &snapshot, std::string_view name)
{
	std::set<group_id> result;

	if (snapshot.by == VMALOCK_BY_COMM)
		result.insert({.comm = comm_name(name)});
	for (const process_name &process : snapshot.names)
		if (process.name == name.substr(0, VMALOCK_COMM_LEN - 1))
			result.insert({.process = process.id});
	return result;
}

snapshot filter(snapshot all, const std::set<group_id> &wholes)
{
	auto keep = [&](auto &entries, auto whole_of_entry) {
		std::erase_if(entries, [&](const auto &entry) {
			return !wholes.contains(whole_of_entry(entry));
		});
	};
	auto of_group = [](const auto &entry) { return whole_of(entry.id); };
	auto of_time = [](const process_time &time) { return group_id{.process = time.process}; };

	keep(all.faults, of_group);
	keep(all.mappings, of_group);
	keep(all.aborts, of_group);
	keep(all.fallbacks, of_group);
	if (all.misses)
		keep(*all.misses, of_group);
	if (all.writers) {
		keep(all.writers->blames, [](const blame &blame) {
			return group_id{.process = blame.victim.process};
		});
		keep(all.writers->lock_waits, [](const lock_wait &wait) {
			return group_id{.process = wait.waiter};
		});
		keep(all.writers->mmap_times, of_time);
	}
	if (all.waits)
		keep(*all.waits, [](const waiting_writer &writer) { return group_id{.process = writer.id}; });
	if (all.fault_times)
		keep(*all.fault_times, of_time);
	return all;
}

} // namespace vmalock
