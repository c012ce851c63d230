// SPDX-License-Identifier: GPL-2.0-only
#include <nlohmann/json.hpp>

#include "model/words.hh"
#include "output/followed_holds.hh"
#include "output/json_values.hh"
#include "output/process_times.hh"
#include "output/user_frames.hh"
#include "output/writers.hh"

namespace vmalock {

namespace {

using nlohmann::ordered_json;

ordered_json victims(const std::vector<victim_row> &rows)
{
	ordered_json result = ordered_json::array();

	for (const victim_row &row : rows)
		result.push_back({{"pid", row.id.pid},
				  {"start_ns", row.id.start_ns},
				  {"name", row.name},
				  {"vm_start", row.vm_end ? hexadecimal(row.vm_start) : ordered_json()},
				  {"vm_end", row.vm_end ? hexadecimal(row.vm_end) : ordered_json()},
				  {"caller", row.caller},
				  {"reason", key_for(row.reason)},
				  {"aborts", row.aborts}});
	return result;
}

ordered_json sites(const std::vector<writer_site> &sites)
{
	ordered_json result = ordered_json::array();

	for (const writer_site &site : sites)
		result.push_back({{"known", key_for(site.state)},
				  {"grade", key_of(site.grade)},
				  {"aborts", site.aborts},
				  {"held", to_json(site.held)},
				  {"holds", to_json(site.followed)},
				  {"kernel_stack", site.kernel_stack},
				  {"user_stack", hexadecimal(site.user_stack)},
				  {"user_frames", to_json(site.user_frames)},
				  {"victims", victims(site.victims)}});
	return result;
}

ordered_json waiters(const std::vector<lock_waiter> &rows)
{
	ordered_json result = ordered_json::array();

	for (const lock_waiter &row : rows)
		result.push_back({{"pid", row.id.pid},
				  {"start_ns", row.id.start_ns},
				  {"name", row.name},
				  {"blocked", key_for(row.what)},
				  {"memory_of", row.memory_of ? ordered_json(row.memory_of) : ordered_json()},
				  {"count", row.count},
				  {"ns", row.ns}});
	return result;
}

ordered_json lock_waits(const lock_holders &locked)
{
	ordered_json holders = ordered_json::array();

	for (const mmap_lock_holder &row : locked.holders)
		holders.push_back({{"pid", row.id.pid},
				   {"start_ns", row.id.start_ns},
				   {"name", row.name},
				   {"tid", row.tid},
				   {"comm", row.comm},
				   {"syscall", text_or_null(row.syscall)},
				   {"reads", row.reads},
				   {"grade", key_of(row.grade)},
				   {"count", row.count},
				   {"ns", row.ns},
				   {"longest_ns", row.longest_ns},
				   {"longest_ended_ns", row.longest_ended_ns ? ordered_json(row.longest_ended_ns) : ordered_json()},
				   {"holds", to_json(row.followed)},
				   {"kernel_stack", row.kernel_stack},
				   {"user_stack", hexadecimal(row.user_stack)},
				   {"user_frames", to_json(row.user_frames)},
				   {"waiters", waiters(row.waiters)}});
	return {{"ns", locked.ns}, {"unknown", locked.unknown}, {"unknown_ns", locked.unknown_ns}, {"holders", std::move(holders)}};
}

} // namespace

ordered_json to_json(const writers_report &report)
{
	ordered_json aborts = ordered_json::object(), rows = ordered_json::array();

	for (std::size_t state = 0; state < report.aborts.size(); state++)
		if (state < VMALOCK_WRITER_STATE_NR || report.aborts[state])
			aborts[std::string(key_for(static_cast<vmalock_writer_state>(state)))] =
				report.aborts[state];
	for (const writer_row &row : report.writers)
		rows.push_back({{"pid", row.id.pid},
				{"start_ns", row.id.start_ns},
				{"name", row.name},
				{"tid", row.tid},
				{"comm", row.comm},
				{"syscall", text_or_null(row.syscall)},
				{"grade", key_of(row.grade)},
				{"aborts", row.aborts},
				{"held", to_json(row.held)},
				{"sites", sites(row.sites)}});
	return {{"aborts", std::move(aborts)},
		{"writers", std::move(rows)},
		{"gone", victims(report.gone)},
		{"mmap_lock", to_json(report.mmap_lock, VMALOCK_MMAP_WRITE_HELD, VMALOCK_FIRST_FAULT_TIME)},
		{"lock_waits", lock_waits(report.lock_holders)}};
}

} // namespace vmalock
