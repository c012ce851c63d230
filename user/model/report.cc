// SPDX-License-Identifier: GPL-2.0-only
#include "model/report.hh"

#include <algorithm>
#include <map>
#include <tuple>

#include "model/words.hh"

namespace vmalock {

namespace {

std::uint64_t grown(std::uint64_t before, std::uint64_t after)
{
	return after >= before ? after - before : after;
}

using abort_key = std::tuple<subject_id, std::string, std::string, vmalock_abort_reason>;

abort_key key_of(const subject_aborts &aborts)
{
	return {aborts.id, aborts.caller, aborts.caller_module, aborts.reason};
}

using row_map = std::map<subject_id, subject_row>;

void add_faults(row_map &rows, const snapshot &before, const snapshot &after)
{
	std::map<subject_id, subject_faults> old;

	for (const subject_faults &faults : before.faults)
		old[faults.id] = faults;
	for (const subject_faults &now : after.faults) {
		const subject_faults &then = old[now.id];
		subject_row &row = rows[now.id];

		row.success_access = grown(then.success_access, now.success_access);
		row.success = grown(then.success, now.success) + row.success_access;
		row.retry = grown(then.retry, now.retry);
	}
}

/** Adds to the rows and returns the sum by caller and reason. */
std::vector<abort_row> add_aborts(row_map &rows, const snapshot &before,
				  const snapshot &after)
{
	std::map<abort_key, std::uint64_t> old;
	std::map<std::pair<std::string, vmalock_abort_reason>, std::uint64_t> sums;
	std::vector<abort_row> result;

	// Two callers inside one function differ by address, not by name.
	for (const subject_aborts &aborts : before.aborts)
		old[key_of(aborts)] += aborts.count;
	std::map<abort_key, std::uint64_t> now;
	for (const subject_aborts &aborts : after.aborts)
		now[key_of(aborts)] += aborts.count;

	for (const auto &[key, count] : now) {
		const auto &[id, caller, module, reason] = key;
		std::uint64_t grew = grown(old[key], count);
		std::string kind(caller_kind(caller, module));

		if (!grew)
			continue;
		rows[id].abort += grew;
		if (kind == page_fault)
			rows[id].fault_abort += grew;
		sums[{kind, reason}] += grew;
	}
	for (const auto &[key, count] : sums)
		result.push_back({key.first, key.second, count});
	std::ranges::stable_sort(result, std::ranges::greater{}, &abort_row::count);
	return result;
}

bool is_bypass(vmalock_detour cause)
{
	return cause >= VMALOCK_FIRST_BYPASS;
}

/** Adds to the rows and to the report's sums. */
void add_detours(row_map &rows, report &out, const snapshot &before, const snapshot &after)
{
	std::map<std::pair<subject_id, vmalock_detour>, std::uint64_t> old;
	std::array<std::uint64_t, VMALOCK_DETOUR_NR> sums{};

	for (const subject_detours &detours : before.detours)
		old[{detours.id, detours.cause}] = detours.count;
	for (const subject_detours &detours : after.detours) {
		std::uint64_t grew = grown(old[{detours.id, detours.cause}], detours.count);

		sums[detours.cause] += grew;
		if (grew && is_bypass(detours.cause))
			rows[detours.id].bypass += grew;
	}
	for (unsigned cause = 0; cause < VMALOCK_DETOUR_NR; cause++) {
		const detour_row row = {static_cast<vmalock_detour>(cause), sums[cause]};

		if (row.count)
			(is_bypass(row.cause) ? out.bypasses : out.retries).push_back(row);
	}
	std::ranges::stable_sort(out.retries, std::ranges::greater{}, &detour_row::count);
	std::ranges::stable_sort(out.bypasses, std::ranges::greater{}, &detour_row::count);
}

void add_names(row_map &rows, const snapshot &after)
{
	std::map<process_id, std::string> name_of;

	for (const process_name &name : after.names)
		name_of[name.id] = name.name;
	for (auto &[id, row] : rows) {
		row.id = id;
		row.name = name_of[id.process];
		row.thread_name = name_of[id.thread];
	}
	for (const mapping &mapping : after.mappings) {
		subject_row &row = rows[mapping.id];

		row.start = mapping.start;
		row.end = mapping.end;
		row.file = mapping.file;
	}
}

/** Those with an event; the machine, which is one row, in any case. */
std::vector<subject_row> sorted(row_map rows, vmalock_by by)
{
	std::vector<subject_row> result;

	for (auto &[id, row] : rows)
		if (row.success || row.retry || row.abort || row.bypass || by == VMALOCK_BY_MACHINE)
			result.push_back(std::move(row));
	if (by != VMALOCK_BY_CPU)
		std::ranges::stable_sort(result, std::ranges::greater{}, [](const subject_row &row) {
			return row.success + row.retry + row.abort + row.bypass;
		});
	return result;
}

loss_counts grown(const loss_counts &before, const loss_counts &after)
{
	loss_counts result;
	std::map<std::string, std::uint64_t> old(before.skipped.begin(), before.skipped.end());

	for (std::size_t cause = 0; cause < result.maps.size(); cause++)
		result.maps[cause] = grown(before.maps[cause], after.maps[cause]);
	for (const auto &[program, count] : after.skipped)
		result.skipped.emplace_back(program, grown(old[program], count));
	return result;
}

template <std::size_t size>
std::array<std::uint64_t, size> grown(const std::array<std::uint64_t, size> &before,
				      const std::array<std::uint64_t, size> &after)
{
	std::array<std::uint64_t, size> result;

	for (std::size_t i = 0; i < size; i++)
		result[i] = grown(before[i], after[i]);
	return result;
}

helper_stats grown(const helper_stats &before, const helper_stats &after)
{
	helper_stats result{grown(before.calls, after.calls), {}};
	std::map<std::string, const helper_caller *> old;

	for (const helper_caller &caller : before.callers)
		old.emplace(caller.name, &caller);
	for (const helper_caller &caller : after.callers) {
		const helper_caller none, &start = old[caller.name] ? *old[caller.name] : none;

		result.callers.push_back({caller.name, grown(start.calls, caller.calls),
					  caller.held, grown(start.waits, caller.waits)});
	}
	return result;
}

vmstat_counts grown(const vmstat_counts &before, const vmstat_counts &after)
{
	return {grown(before.success, after.success), grown(before.abort, after.abort),
		grown(before.retry, after.retry), grown(before.miss, after.miss)};
}

process_names names_of(const snapshot &snapshot)
{
	process_names result;

	for (const process_name &name : snapshot.names)
		result[name.id] = name.name;
	return result;
}

} // namespace

report compare(const snapshot &before, const snapshot &after)
{
	report result;
	row_map rows;

	result.seconds = after.seconds - before.seconds;
	result.kernel = after.kernel;
	result.by = after.by;
	result.attached = after.attached;
	result.not_visible = after.not_visible;
	add_faults(rows, before, after);
	result.aborts = add_aborts(rows, before, after);
	add_detours(rows, result, before, after);
	for (const abort_row &row : result.aborts)
		result.abort_total += row.count;
	add_names(rows, after);
	result.rows = sorted(std::move(rows), after.by);
	result.losses = grown(before.losses, after.losses);
	result.vmstat_moved = before.vmstat_moved || after.vmstat_moved;
	if (after.vmstat)
		result.vmstat = grown(before.vmstat.value_or(vmstat_counts{}), *after.vmstat);
	if (after.helper)
		result.helper = grown(before.helper.value_or(helper_stats{}), *after.helper);
	if (after.writers)
		result.writers = compare(before.writers.value_or(writer_counts{}), *after.writers,
					 names_of(after));
	if (after.waits)
		result.waits = grown(before.waits.value_or(writer_waits{}), *after.waits);
	if (after.fault_times)
		result.fault_times = compare(before.fault_times.value_or(std::vector<process_time>{}),
					     *after.fault_times, names_of(after));
	return result;
}

bool report::exact() const
{
	return std::ranges::any_of(attached, [](const attach_point &point) {
		return point.how.starts_with("kprobe");
	});
}

bool any_skipped(const loss_counts &losses)
{
	return std::ranges::any_of(losses.skipped, [](const auto &entry) { return entry.second != 0; });
}

bool any_loss(const loss_counts &losses)
{
	return std::ranges::any_of(losses.maps, [](std::uint64_t count) { return count != 0; }) ||
	       any_skipped(losses);
}

} // namespace vmalock
