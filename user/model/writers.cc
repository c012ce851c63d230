// SPDX-License-Identifier: GPL-2.0-only
#include "model/writers.hh"

#include <algorithm>
#include <map>
#include <tuple>

#include "model/kernel_functions.hh"
#include "model/writer_sites.hh"

namespace vmalock {

namespace {

using victims = std::map<victim_key, std::uint64_t>;

/** Functions of one kind of caller come together. */
std::vector<victim_row> rows_of(const victims &victims, const process_names &names)
{
	using key = std::tuple<process_id, std::uint64_t, std::uint64_t, std::string,
			       vmalock_abort_reason>;
	std::map<key, std::uint64_t> sums;
	std::vector<victim_row> result;

	for (const auto &[victim, aborts] : victims)
		sums[{victim.process, victim.vm_start, victim.vm_end,
		      std::string(caller_kind(victim.caller, victim.caller_module)),
		      victim.reason}] += aborts;
	for (const auto &[key, aborts] : sums) {
		const auto &[process, start, end, caller, reason] = key;

		result.push_back({process, name_of(names, process), start, end, caller, reason, aborts});
	}
	std::ranges::stable_sort(result, std::ranges::greater{}, &victim_row::aborts);
	return result;
}

std::map<writer_key, victims> grown_blames(const writer_counts &before, const writer_counts &after)
{
	std::map<writer_key, victims> result, old;

	for (const blame &blame : before.blames)
		if (blame.writer.state != VMALOCK_WRITER_HOLDING)
			old[blame.writer][blame.victim] += blame.aborts;
	for (const blame &blame : after.blames)
		result[blame.writer][blame.victim] += blame.aborts;
	for (auto &[writer, victims] : result)
		for (auto &[victim, aborts] : victims)
			// Less than then: it had been forgotten meanwhile.
			if (const std::uint64_t then = old[writer][victim]; then <= aborts)
				aborts -= then;
	for (auto &[writer, victims] : result)
		std::erase_if(victims, [](const auto &entry) { return entry.second == 0; });
	std::erase_if(result, [](const auto &entry) { return entry.second.empty(); });
	return result;
}

void add_writers(writers_report &report, const writer_counts &before, const writer_counts &after,
		 const process_names &names)
{
	using thread_in_call = std::tuple<process_id, std::uint32_t, std::uint32_t>;
	std::map<thread_in_call, writer_row> rows;
	const writer_sites sites(before, after);

	for (const auto &[writer, victims] : grown_blames(before, after)) {
		std::uint64_t aborts = 0;

		for (const auto &[victim, count] : victims)
			aborts += count;
		report.aborts[writer.state] += aborts;
		if (writer.state == VMALOCK_WRITER_GONE) {
			report.gone = rows_of(victims, names);
			continue;
		}

		writer_site site = sites.site(writer);
		site.aborts = aborts;
		site.victims = rows_of(victims, names);
		for (const victim_row &victim : site.victims)
			site.grade = worse(site.grade, grade_of(site.state, victim.reason));

		writer_row &row = rows.emplace(thread_in_call{writer.process, writer.tid, writer.syscall},
					       sites.row(writer, names)).first->second;
		row.aborts += aborts;
		row.held += site.held;
		row.grade = worse(row.grade, site.grade);
		row.sites.push_back(std::move(site));
	}
	for (auto &[key, row] : rows) {
		std::ranges::stable_sort(row.sites, std::ranges::greater{}, &writer_site::aborts);
		report.writers.push_back(std::move(row));
	}
	std::ranges::stable_sort(report.writers, std::ranges::greater{}, &writer_row::aborts);
}

} // namespace

writers_report compare(const writer_counts &before, const writer_counts &after,
		       const process_names &names, bool lost_begins)
{
	writers_report result;

	add_writers(result, before, after, names);
	result.lock_holders = holders_between(before, after, names, lost_begins);
	result.mmap_lock = compare(before.mmap_times, after.mmap_times, names);
	return result;
}

} // namespace vmalock
