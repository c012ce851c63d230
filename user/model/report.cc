// SPDX-License-Identifier: GPL-2.0-only
#include "model/report.hh"

#include <algorithm>
#include <map>
#include <memory_resource>
#include <string_view>
#include <unordered_map>

#include "model/cgroup_words.hh"
#include "model/exited.hh"
#include "model/kernel_functions.hh"

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
	std::size_t operator()(std::uint64_t cgroup) const { return mixed(1, cgroup); }

	std::size_t operator()(const group_id &id) const
	{
		return mixed(mixed(mixed((*this)(id.process), id.thread), id.mapping.anchor),
			     id.mapping.inode ^ id.cpu ^ id.cgroup ^ id.comm.mixed());
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
	group_id id;
	std::string_view caller, caller_module;
	vmalock_abort_reason reason;

	bool operator==(const abort_key &) const = default;
	std::size_t hash(std::size_t of_id) const
	{
		return mixed(of_id ^ std::hash<std::string_view>()(caller), reason);
	}
};

struct fallback_key {
	group_id id;
	vmalock_fallback cause;

	bool operator==(const fallback_key &) const = default;
	std::size_t hash(std::size_t of_id) const { return mixed(of_id, cause); }
};

/** All that is known of one group. */
struct group_sums {
	then_and_now success, success_access, retry;
	std::uint64_t abort = 0, fault_abort = 0, unknown_abort = 0, bypass = 0, miss = 0;
	const mapping *where = nullptr;

	std::uint64_t events() const
	{
		return success.growth() + success_access.growth() + retry.growth() + abort + bypass +
		       miss;
	}
};

using group_map = hash_map<group_id, group_sums>;

/** Names that a capture cannot tell apart, for it has them as UTF-8, are one. */
void add_faults(group_map &groups, const snapshot &before, const snapshot &after)
{
	for (const group_faults &faults : before.faults) {
		group_sums &sums = groups[faults.id];

		sums.success.then += faults.success;
		sums.success_access.then += faults.success_access;
		sums.retry.then += faults.retry;
	}
	for (const group_faults &faults : after.faults) {
		group_sums &sums = groups[faults.id];

		sums.success.now += faults.success;
		sums.success_access.now += faults.success_access;
		sums.retry.now += faults.retry;
	}
}

/** Adds to the groups and returns the sum by caller and reason. */
std::vector<abort_row> add_aborts(group_map &groups, const snapshot &before,
				  const snapshot &after)
{
	hash_map<abort_key, then_and_now> counts(groups.get_allocator());
	std::map<std::pair<std::string_view, vmalock_abort_reason>, std::uint64_t> sums;
	std::vector<abort_row> result;
	auto key_of = [](const group_aborts &aborts) {
		return abort_key{aborts.id, aborts.caller, aborts.caller_module, aborts.reason};
	};

	counts.reserve(after.aborts.size());
	// Two callers inside one function differ by address, not by name.
	for (const group_aborts &aborts : before.aborts)
		counts[key_of(aborts)].then += aborts.count;
	for (const group_aborts &aborts : after.aborts)
		counts[key_of(aborts)].now += aborts.count;

	for (const auto &[key, count] : counts) {
		const std::uint64_t grew = count.growth();
		const std::string_view kind = caller_kind(key.caller, key.caller_module);

		if (!grew)
			continue;
		group_sums &group = groups[key.id];
		group.abort += grew;
		if (kind == page_fault)
			group.fault_abort += grew;
		if (kind == unknown_caller)
			group.unknown_abort += grew;
		sums[{kind, key.reason}] += grew;
	}
	for (const auto &[key, count] : sums)
		result.push_back({std::string(key.first), key.second, count});
	std::ranges::stable_sort(result, std::ranges::greater{}, &abort_row::count);
	return result;
}

bool is_bypass(vmalock_fallback cause)
{
	return cause >= VMALOCK_FIRST_BYPASS;
}

/** Adds to the groups and to the report's sums. */
void add_fallbacks(group_map &groups, report &out, const snapshot &before, const snapshot &after)
{
	hash_map<fallback_key, std::uint64_t> old(groups.get_allocator());
	std::array<std::uint64_t, VMALOCK_FALLBACK_NR + 1> sums{};	// one that a newer vmalock wrote

	old.reserve(before.fallbacks.size());
	for (const group_fallbacks &fallbacks : before.fallbacks)
		old[{fallbacks.id, fallbacks.cause}] = fallbacks.count;
	for (const group_fallbacks &fallbacks : after.fallbacks) {
		auto then = old.find({fallbacks.id, fallbacks.cause});
		std::uint64_t grew = grown(then == old.end() ? 0 : then->second, fallbacks.count);

		sums[fallbacks.cause] += grew;
		if (grew && is_bypass(fallbacks.cause))
			groups[fallbacks.id].bypass += grew;
	}
	for (unsigned cause = 0; cause < sums.size(); cause++) {
		const fallback_row row = {static_cast<vmalock_fallback>(cause), sums[cause]};

		if (row.count)
			(is_bypass(row.cause) ? out.bypasses : out.retries).push_back(row);
	}
	std::ranges::stable_sort(out.retries, std::ranges::greater{}, &fallback_row::count);
	std::ranges::stable_sort(out.bypasses, std::ranges::greater{}, &fallback_row::count);
}

/** Adds to the groups and to the report's sum. */
void add_misses(group_map &groups, report &out, const snapshot &before, const snapshot &after)
{
	hash_map<group_id, then_and_now> counts(groups.get_allocator());

	if (!after.misses)
		return;
	out.miss_total = 0;
	if (before.misses)
		for (const group_misses &misses : *before.misses)
			counts[misses.id].then += misses.count;
	for (const group_misses &misses : *after.misses)
		counts[misses.id].now += misses.count;
	for (const auto &[id, count] : counts)
		if (const std::uint64_t grew = count.growth()) {
			groups[id].miss = grew;
			*out.miss_total += grew;
		}
}

void add_mappings(group_map &groups, const snapshot &after)
{
	for (const mapping &mapping : after.mappings)
		groups[mapping.id].where = &mapping;
}

group_row row_of(const group_id &id, const group_sums &sums)
{
	group_row row;

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
	row.miss = sums.miss;
	if (sums.where) {
		row.start = sums.where->start;
		row.end = sums.where->end;
		row.file = sums.where->file;
	}
	return row;
}

std::string cgroup_name(std::uint64_t id, std::string_view path)
{
	if (!is_sum_of_cgroups(id))
		return cgroup_in_words(id, path);
	return path.empty() ? "[other cgroups] (removed)" : cgroup_in_words(id, path) + " (removed)";
}

/** Those with an event; the machine, which is one row, in any case. */
std::vector<group_row> rows_of(const group_map &groups, const snapshot &after)
{
	struct place {
		std::uint64_t events;
		const group_map::value_type *group;
	};
	hash_map<process_id, std::string_view> names(groups.get_allocator());
	std::vector<place> order;
	std::vector<group_row> result;

	names.reserve(after.names.size());
	for (const process_name &name : after.names)
		names[name.id] = name.name;
	hash_map<std::uint64_t, std::string_view> paths(groups.get_allocator());
	for (const cgroup_path &cgroup : after.cgroups)
		paths[cgroup.id] = cgroup.path;
	auto name_of = [&names](const process_id &id) {
		auto found = names.find(id);

		return found == names.end() ? std::string_view() : found->second;
	};

	order.reserve(groups.size());
	for (const auto &group : groups)
		if (group.second.events() || after.by == VMALOCK_BY_MACHINE)
			order.push_back({group.second.events(), &group});
	std::ranges::sort(order, [&after](const place &a, const place &b) {
		if (a.events != b.events && after.by != VMALOCK_BY_CPU)
			return a.events > b.events;
		return a.group->first < b.group->first;
	});
	result.reserve(order.size());
	for (const place &place : order) {
		const auto &[id, sums] = *place.group;
		group_row &row = result.emplace_back(row_of(id, sums));

		row.path = paths[id.cgroup];
		row.name = after.by == VMALOCK_BY_COMM ? id.comm.text()
			   : after.by == VMALOCK_BY_CGROUP ? cgroup_name(id.cgroup, row.path)
							   : std::string(name_of(id.process));
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
	result.unknown = grown(before.unknown, after.unknown);
	for (const auto &[program, count] : after.skipped)
		result.skipped.emplace_back(program, grown(old[program], count));
	return result;
}

namespace {

/** Those that have exited since are in both alike. */
report compare_settled(const snapshot &before, const snapshot &after)
{
	report result;
	std::pmr::monotonic_buffer_resource memory;
	group_map groups(&memory);

	result.seconds = after.seconds - before.seconds;
	result.kernel = after.kernel;
	result.by = after.by;
	result.attached = after.attached;
	result.standing = after.standing ? after.standing : before.standing;
	result.not_visible = after.not_visible;
	groups.reserve(after.faults.size());
	add_faults(groups, before, after);
	result.aborts = add_aborts(groups, before, after);
	add_fallbacks(groups, result, before, after);
	add_misses(groups, result, before, after);
	add_mappings(groups, after);
	for (const abort_row &row : result.aborts)
		result.abort_total += row.count;
	result.rows = rows_of(groups, after);
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
					 names, may_have_lost_begins(after.losses));
	if (after.waits)
		result.waits = grown(before.waits.value_or(writer_waits{}), *after.waits);
	if (after.fault_times)
		result.fault_times = compare(before.fault_times.value_or(std::vector<process_time>{}),
					     *after.fault_times, names);
	return result;
}

} // namespace

report compare(const snapshot &before, const snapshot &after)
{
	return has_sums(after) ? compare_settled(settled(before, after), after)
			       : compare_settled(before, after);
}

std::vector<const group_row *> worst_rows(const report &report, std::size_t most)
{
	std::vector<const group_row *> result;

	result.reserve(report.rows.size());
	for (const group_row &row : report.rows)
		result.push_back(&row);
	std::ranges::stable_sort(result, std::ranges::greater{},
				 [](const group_row *row) { return row->abort + row->retry; });
	if (most && most < result.size())
		result.resize(most);
	if (report.by == VMALOCK_BY_CPU)
		std::ranges::sort(result);	// as they lie in the report
	return result;
}

bool report::exact() const
{
	return std::ranges::any_of(attached, [](const attach_point &point) {
		return point.how == "kprobe.session";
	});
}

bool any_skipped(const loss_counts &losses)
{
	return std::ranges::any_of(losses.skipped, [](const auto &entry) { return entry.second != 0; });
}

bool any_loss(const loss_counts &losses)
{
	return std::ranges::any_of(losses.maps, [](std::uint64_t count) { return count != 0; }) ||
	       losses.unknown || any_skipped(losses);
}

} // namespace vmalock
