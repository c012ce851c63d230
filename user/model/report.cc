// SPDX-License-Identifier: GPL-2.0-only
#include "model/report.hh"

#include <algorithm>
#include <map>
#include <memory_resource>
#include <string_view>
#include <unordered_map>

#include "model/words.hh"

namespace vmalock {

namespace {

std::uint64_t grown(std::uint64_t before, std::uint64_t after)
{
	return after >= before ? after - before : after;
}

/** Counts of one thing in two snapshots, zero where it is missing. */
struct then_and_now {
	std::uint64_t then = 0, now = 0;

	std::uint64_t growth() const { return grown(then, now); }
};

std::size_t mixed(std::size_t hash, std::uint64_t value)
{
	return (hash ^ value ^ hash >> 32) * 0x9e3779b97f4a7c15;
}

std::size_t mixed(std::size_t hash, const process_id &id)
{
	return mixed(mixed(hash, id.pid), id.start_ns);
}

struct hash_of {
	std::size_t operator()(const process_id &id) const { return mixed(1, id); }

	std::size_t operator()(const subject_id &id) const
	{
		return mixed(mixed(mixed((*this)(id.process), id.thread), id.mapping.anchor),
			     id.mapping.inode ^ id.cpu);
	}
	template <class Key>
	std::size_t operator()(const Key &key) const
	{
		return key.hash((*this)(key.id));
	}
};

/** One report needs thousands of entries at once, and then none: all share its memory. */
template <class Key, class Value>
using hash_map = std::pmr::unordered_map<Key, Value, hash_of>;

struct abort_key {
	subject_id id;
	std::string_view caller, caller_module;
	vmalock_abort_reason reason;

	bool operator==(const abort_key &) const = default;
	std::size_t hash(std::size_t of_id) const
	{
		return mixed(of_id ^ std::hash<std::string_view>()(caller), reason);
	}
};

struct detour_key {
	subject_id id;
	vmalock_detour cause;

	bool operator==(const detour_key &) const = default;
	std::size_t hash(std::size_t of_id) const { return mixed(of_id, cause); }
};

/** All that is known of one subject. */
struct subject_sums {
	then_and_now success, success_access, retry;
	std::uint64_t abort = 0, fault_abort = 0, unknown_abort = 0, bypass = 0;
	const mapping *where = nullptr;

	std::uint64_t events() const
	{
		return success.growth() + success_access.growth() + retry.growth() + abort + bypass;
	}
};

using subject_map = hash_map<subject_id, subject_sums>;

void add_faults(subject_map &subjects, const snapshot &before, const snapshot &after)
{
	for (const subject_faults &faults : before.faults) {
		subject_sums &sums = subjects[faults.id];

		sums.success.then = faults.success;
		sums.success_access.then = faults.success_access;
		sums.retry.then = faults.retry;
	}
	for (const subject_faults &faults : after.faults) {
		subject_sums &sums = subjects[faults.id];

		sums.success.now = faults.success;
		sums.success_access.now = faults.success_access;
		sums.retry.now = faults.retry;
	}
}

/** Adds to the subjects and returns the sum by caller and reason. */
std::vector<abort_row> add_aborts(subject_map &subjects, const snapshot &before,
				  const snapshot &after)
{
	hash_map<abort_key, then_and_now> counts(subjects.get_allocator());
	std::map<std::pair<std::string_view, vmalock_abort_reason>, std::uint64_t> sums;
	std::vector<abort_row> result;
	auto key_of = [](const subject_aborts &aborts) {
		return abort_key{aborts.id, aborts.caller, aborts.caller_module, aborts.reason};
	};

	counts.reserve(after.aborts.size());
	// Two callers inside one function differ by address, not by name.
	for (const subject_aborts &aborts : before.aborts)
		counts[key_of(aborts)].then += aborts.count;
	for (const subject_aborts &aborts : after.aborts)
		counts[key_of(aborts)].now += aborts.count;

	for (const auto &[key, count] : counts) {
		const std::uint64_t grew = count.growth();
		const std::string_view kind = caller_kind(key.caller, key.caller_module);

		if (!grew)
			continue;
		subject_sums &subject = subjects[key.id];
		subject.abort += grew;
		if (kind == page_fault)
			subject.fault_abort += grew;
		if (kind == unknown_caller)
			subject.unknown_abort += grew;
		sums[{kind, key.reason}] += grew;
	}
	for (const auto &[key, count] : sums)
		result.push_back({std::string(key.first), key.second, count});
	std::ranges::stable_sort(result, std::ranges::greater{}, &abort_row::count);
	return result;
}

bool is_bypass(vmalock_detour cause)
{
	return cause >= VMALOCK_FIRST_BYPASS;
}

/** Adds to the subjects and to the report's sums. */
void add_detours(subject_map &subjects, report &out, const snapshot &before, const snapshot &after)
{
	hash_map<detour_key, std::uint64_t> old(subjects.get_allocator());
	std::array<std::uint64_t, VMALOCK_DETOUR_NR> sums{};

	old.reserve(before.detours.size());
	for (const subject_detours &detours : before.detours)
		old[{detours.id, detours.cause}] = detours.count;
	for (const subject_detours &detours : after.detours) {
		auto then = old.find({detours.id, detours.cause});
		std::uint64_t grew = grown(then == old.end() ? 0 : then->second, detours.count);

		sums[detours.cause] += grew;
		if (grew && is_bypass(detours.cause))
			subjects[detours.id].bypass += grew;
	}
	for (unsigned cause = 0; cause < VMALOCK_DETOUR_NR; cause++) {
		const detour_row row = {static_cast<vmalock_detour>(cause), sums[cause]};

		if (row.count)
			(is_bypass(row.cause) ? out.bypasses : out.retries).push_back(row);
	}
	std::ranges::stable_sort(out.retries, std::ranges::greater{}, &detour_row::count);
	std::ranges::stable_sort(out.bypasses, std::ranges::greater{}, &detour_row::count);
}

void add_mappings(subject_map &subjects, const snapshot &after)
{
	for (const mapping &mapping : after.mappings)
		subjects[mapping.id].where = &mapping;
}

subject_row row_of(const subject_id &id, const subject_sums &sums)
{
	subject_row row;

	row.id = id;
	row.success_access = sums.success_access.growth();
	row.success = sums.success.growth() + row.success_access;
	row.retry = sums.retry.growth();
	row.abort = sums.abort;
	if (sums.unknown_abort)
		row.fault_abort.reset();
	else
		row.fault_abort = sums.fault_abort;
	row.bypass = sums.bypass;
	if (sums.where) {
		row.start = sums.where->start;
		row.end = sums.where->end;
		row.file = sums.where->file;
	}
	return row;
}

/** Those with an event; the machine, which is one row, in any case. */
std::vector<subject_row> rows_of(const subject_map &subjects, const snapshot &after)
{
	struct place {
		std::uint64_t events;
		const subject_map::value_type *subject;
	};
	hash_map<process_id, std::string_view> names(subjects.get_allocator());
	std::vector<place> order;
	std::vector<subject_row> result;

	names.reserve(after.names.size());
	for (const process_name &name : after.names)
		names[name.id] = name.name;
	auto name_of = [&names](const process_id &id) {
		auto found = names.find(id);

		return found == names.end() ? std::string_view() : found->second;
	};

	order.reserve(subjects.size());
	for (const auto &subject : subjects)
		if (subject.second.events() || after.by == VMALOCK_BY_MACHINE)
			order.push_back({subject.second.events(), &subject});
	std::ranges::sort(order, [&after](const place &a, const place &b) {
		if (a.events != b.events && after.by != VMALOCK_BY_CPU)
			return a.events > b.events;
		return a.subject->first < b.subject->first;
	});
	result.reserve(order.size());
	for (const place &place : order) {
		const auto &[id, sums] = *place.subject;
		subject_row &row = result.emplace_back(row_of(id, sums));

		row.name = name_of(id.process);
		row.thread_name = name_of(id.thread);
	}
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

report compare(const snapshot &before, const snapshot &after)
{
	report result;
	std::pmr::monotonic_buffer_resource memory;
	subject_map subjects(&memory);

	result.seconds = after.seconds - before.seconds;
	result.kernel = after.kernel;
	result.by = after.by;
	result.attached = after.attached;
	result.not_visible = after.not_visible;
	subjects.reserve(after.faults.size());
	add_faults(subjects, before, after);
	result.aborts = add_aborts(subjects, before, after);
	add_detours(subjects, result, before, after);
	add_mappings(subjects, after);
	for (const abort_row &row : result.aborts)
		result.abort_total += row.count;
	result.rows = rows_of(subjects, after);
	result.losses = grown(before.losses, after.losses);
	result.vmstat_moved = before.vmstat_moved || after.vmstat_moved;
	if (after.vmstat)
		result.vmstat = grown(before.vmstat.value_or(vmstat_counts{}), *after.vmstat);
	if (after.helper)
		result.helper = grown(before.helper.value_or(helper_stats{}), *after.helper);
	const process_names names = after.writers || after.fault_times ? names_of(after)
								       : process_names{};
	if (after.writers)
		result.writers = compare(before.writers.value_or(writer_counts{}), *after.writers,
					 names);
	if (after.waits)
		result.waits = grown(before.waits.value_or(writer_waits{}), *after.waits);
	if (after.fault_times)
		result.fault_times = compare(before.fault_times.value_or(std::vector<process_time>{}),
					     *after.fault_times, names);
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
