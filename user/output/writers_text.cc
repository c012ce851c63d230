// SPDX-License-Identifier: GPL-2.0-only
#include <algorithm>
#include <numeric>
#include <tuple>

#include "model/kernel_functions.hh"
#include "model/words.hh"
#include "output/process_times.hh"
#include "output/writers.hh"

namespace vmalock {

namespace {

std::string bound(std::uint64_t ns)
{
	return ns ? duration(ns) : "-";
}

/** Where it let go or stands, by the site that is blamed most and has a stack. */
std::string top_function(const writer_row &row)
{
	for (const writer_site &site : row.sites)
		if (!site.kernel_stack.empty())
			return printable(place_in(site.kernel_stack), 14);
	return "-";
}

void add_rows(buffer &out, const writers_report &report, std::size_t rows)
{
	line(out, "{:<15} {:>7} {:<10} {:>10} {:>9} {:>9} {}", "WRITER", "TID", "SYSCALL", "ABORTS",
	     "MEDIAN <", "MOST <", "IN");
	for (std::size_t i = 0; i < rows_shown(report.writers.size(), rows); i++) {
		const writer_row &row = report.writers[i];

		line(out, "{:<15} {:>7} {:<10} {:>10} {:>9} {:>9} {}", printable(row.comm, 15), id_in_words(row.tid),
		     row.syscall.empty() ? "(none)" : printable(row.syscall, 10), grouped(row.aborts),
		     bound(median_below(row.held.buckets)), bound(longest_below(row.held.buckets)),
		     top_function(row));
	}
	add_rest(out, report.writers.size(), rows);
}

/** How sure it is, at best, and how much is known. */
std::string described(vmalock_writer_state state)
{
	const grade best = grade_of(state, VMALOCK_ABORT_WRITE_LOCKED);
	const std::string words(word_for(state));

	return best == grade::unknown ? words : std::string(key_of(best)) + ": " + words;
}

/** A writer, and the mappings of a victim that it was in the way of. */
struct pair {
	std::uint32_t writer_tid;
	const victim_row *victim;
	std::uint64_t vm_start, vm_end;
	std::uint64_t aborts;

	bool joins(const pair &next) const
	{
		return writer_tid == next.writer_tid && victim->id == next.victim->id &&
		       victim->caller == next.victim->caller &&
		       (vm_end > next.vm_start || vm_end == next.vm_end);
	}
};

/** Over all call sites and reasons; a mapping that is split and merged is one. */
std::vector<pair> pairs_of(const writers_report &report)
{
	std::vector<pair> all, result;

	for (const writer_row &row : report.writers)
		for (const writer_site &site : row.sites)
			for (const victim_row &victim : site.victims)
				all.push_back({row.tid, &victim, victim.vm_start, victim.vm_end,
					       victim.aborts});
	std::ranges::sort(all, {}, [](const pair &pair) {
		return std::tuple(pair.writer_tid, pair.victim->id, pair.victim->caller, pair.vm_start,
				  pair.vm_end);
	});
	for (const pair &next : all) {
		if (result.empty() || !result.back().joins(next)) {
			result.push_back(next);
			continue;
		}
		result.back().vm_end = std::max(result.back().vm_end, next.vm_end);
		result.back().aborts += next.aborts;
	}
	std::ranges::stable_sort(result, std::ranges::greater{}, &pair::aborts);
	return result;
}

void add_pairs(buffer &out, const writers_report &report, std::size_t rows)
{
	const std::vector<pair> pairs = pairs_of(report);

	line(out, "");
	line(out, "{:>7} -> {:<13} {:>7} {:<25} {:<10} {:>10}", "WRITER", "VICTIM", "PID",
	     "MAPPINGS WITHIN", "CALLER", "ABORTS");
	for (std::size_t i = 0; i < rows_shown(pairs.size(), rows); i++)
		line(out, "{:>7} -> {:<13} {:>7} {:<25} {:<10} {:>10}", id_in_words(pairs[i].writer_tid), printable(pairs[i].victim->name, 13),
		     id_in_words(pairs[i].victim->id.pid),
		     pairs[i].vm_end ? fmt::format("{:x}-{:x}", pairs[i].vm_start, pairs[i].vm_end)
				     : "unknown",
		     printable(pairs[i].victim->caller, 10), grouped(pairs[i].aborts));
	add_rest(out, pairs.size(), rows);
}

void add_blamed(buffer &out, const writers_report &report, std::size_t rows)
{
	const std::uint64_t all = std::accumulate(report.aborts.begin(), report.aborts.end(),
						  std::uint64_t(0));

	line(out, "");
	if (!all) {
		line(out, "No writer was seen that blocked a VMA lock.");
		return;
	}
	line(out, "Writers that refused VMA locks, and how long they held mmap_lock meanwhile:");
	add_rows(out, report, rows);
	line(out, "The writer of {} aborts was", grouped(all));
	for (std::size_t state = 0; state < report.aborts.size(); state++)
		if (report.aborts[state])
			line(out, "  {:>16} {:>7} {}", grouped(report.aborts[state]),
			     share(report.aborts[state], all),
			     described(static_cast<vmalock_writer_state>(state)));
	if (!report.writers.empty())
		add_pairs(out, report, rows);
}

void add_lock_holders(buffer &out, const lock_holders &locked, std::size_t rows)
{
	if (locked.holders.empty())
		return;
	line(out, "");
	line(out, "Who had mmap_lock while others were blocked on it, for {} in all:", duration(locked.ns));
	line(out, "{:<15} {:>7} {:<13} {:<5} {:>11} {:>11} {:>11}", "HOLDER", "TID", "SYSCALL", "TO", "IN THE WAY",
	     "TIME", "LONGEST");
	for (std::size_t i = 0; i < rows_shown(locked.holders.size(), rows); i++) {
		const mmap_lock_holder &row = locked.holders[i];

		line(out, "{:<15} {:>7} {:<13} {:<5} {:>11} {:>11} {:>11}", printable(row.comm, 15),
		     id_in_words(row.tid), row.syscall.empty() ? "(none)" : printable(row.syscall, 13),
		     row.reads ? "read" : "write", grouped(row.count), duration(row.ns), duration(row.longest_ns));
	}
	add_rest(out, locked.holders.size(), rows);
}

} // namespace

void add_writers(buffer &out, const writers_report &report, std::size_t rows)
{
	add_blamed(out, report, rows);
	add_lock_holders(out, report.lock_holders, rows);
	add_process_times(out, "Time on mmap_lock (blocked on any; without spinning):", report.mmap_lock, rows);
}

} // namespace vmalock
