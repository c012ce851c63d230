// SPDX-License-Identifier: GPL-2.0-only
#include "model/exited.hh"

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>

namespace vmalock {

namespace {

/** A process can call itself anything, and have children that do: later names are one. */
constexpr std::size_t most_names = 1000, most_stacks = 4096, most_last_names = 4096;
constexpr const char *other_names = "[other names]";
/** Of those whose path is not known, too. The sums of a path follow it. */
constexpr std::uint64_t other_cgroups = std::uint64_t(1) << 63;
/** Beyond the keys of the map of stacks, and of writers that hold mmap_lock now. */
constexpr std::uint32_t first_stack = 0xc0000000;

/** How entries are moved to the sums. */
struct move_of {
	/** Where what is of this process or thread goes; empty: it stays. */
	std::function<std::optional<process_id>(process_id)> process;
	std::function<std::optional<std::uint64_t>(std::uint64_t)> cgroup;
	std::function<std::uint32_t(const std::vector<std::string> &functions)> stack;
	std::map<std::uint32_t, const std::vector<std::string> *> functions; ///< by the id of their stack

	void know_stacks(const snapshot &snapshot)
	{
		if (snapshot.writers)
			for (const kernel_stack &stack : snapshot.writers->kernel_stacks)
				functions.emplace(stack.id, &stack.functions);
	}

	std::optional<group_id> operator()(const group_id &id) const
	{
		if (id.cgroup) {
			const auto sum = cgroup(id.cgroup);

			return sum ? std::optional(group_id{.cgroup = *sum}) : std::nullopt;
		}
		auto to = id.thread.pid ? process(id.thread) : std::nullopt;

		if (!to)
			to = process(id.process);
		if (!to)
			return std::nullopt;
		return group_id{.process = *to, .thread = id.thread.pid ? *to : process_id{}};
	}

	std::uint32_t moved_stack(std::uint32_t id) const
	{
		const auto found = functions.find(id);

		return found == functions.end() ? VMALOCK_STACK_NONE : stack(*found->second);
	}

	/** Without its stack in user space, which has no names any more. */
	std::optional<writer_key> operator()(const writer_key &writer) const
	{
		const auto to = process(writer.process);

		if (!to)
			return std::nullopt;
		return writer_key{*to, 0, writer.syscall, moved_stack(writer.kernel_stack), VMALOCK_STACK_NONE,
				  writer.state};
	}

	/** Stacks of other addresses can have the same functions, and be one then. */
	hold_course operator()(hold_course course) const
	{
		hold_course sleeps;

		for (const hold_sleep &sleep : course.sleeps)
			sleeps += {{}, {{moved_stack(sleep.stack), sleep.count, sleep.ns}}};
		course.sleeps = std::move(sleeps.sleeps);
		return course;
	}

	std::optional<victim_key> operator()(const victim_key &victim) const
	{
		const auto to = process(victim.process);

		if (!to)
			return std::nullopt;
		return victim_key{*to, 0, 0, victim.caller, victim.caller_module, victim.reason};
	}
};

/** Takes out of @p rows what @p moved moves, and returns it as moved. */
template <class Row>
std::vector<Row> take_out(std::vector<Row> &rows, const auto &moved)
{
	std::vector<Row> result;

	std::erase_if(rows, [&](const Row &row) { return moved(row, result); });
	return result;
}

/** Adds each of @p more to the row with its key, or makes one. */
template <class Row>
void add_rows(std::vector<Row> &rows, std::vector<Row> more, const auto &key_of, const auto &add_to)
{
	std::map<decltype(key_of(rows[0])), std::size_t> places;

	if (more.empty())
		return;
	for (std::size_t i = 0; i < rows.size(); i++)
		places.emplace(key_of(rows[i]), i);
	for (Row &row : more) {
		const auto [place, is_new] = places.emplace(key_of(row), rows.size());

		if (is_new)
			rows.push_back(std::move(row));
		else
			add_to(rows[place->second], row);
	}
}

void add_counts(auto &rows, auto more, const auto &key_of)
{
	add_rows(rows, std::move(more), key_of, [](auto &sum, const auto &row) { sum.count += row.count; });
}

void add_times(std::vector<process_time> &rows, std::vector<process_time> more)
{
	auto key = [](const process_time &time) { return std::pair(time.process, time.what); };
	auto add_to = [](process_time &sum, const process_time &time) { sum.spent += time.spent; };

	add_rows(rows, std::move(more), key, add_to);
}

void add_holds(std::vector<writer_holds> &rows, std::vector<writer_holds> more)
{
	auto key = [](const writer_holds &holds) { return holds.writer; };
	auto add_to = [](writer_holds &sum, const writer_holds &holds) { sum.held += holds.held; };

	add_rows(rows, std::move(more), key, add_to);
}

void add_followed(std::vector<place_followed> &rows, std::vector<place_followed> more)
{
	auto key = [](const place_followed &place) { return std::pair(place.holder, place.reads); };
	auto add_to = [](place_followed &sum, const place_followed &place) {
		sum.spent += place.spent;
		if (place.longest.course.ns > sum.longest.course.ns)
			sum.longest = place.longest;
	};

	add_rows(rows, std::move(more), key, add_to);
}

void add_blames(std::vector<blame> &rows, std::vector<blame> more)
{
	auto key = [](const blame &blame) { return std::pair(blame.writer, blame.victim); };
	auto add_to = [](blame &sum, const blame &blame) { sum.aborts += blame.aborts; };

	add_rows(rows, std::move(more), key, add_to);
}

/** Those of the same id are the same. */
void add_stacks(std::vector<kernel_stack> &rows, std::vector<kernel_stack> more)
{
	auto key = [](const kernel_stack &stack) { return stack.id; };
	auto keep = [](const kernel_stack &, const kernel_stack &) {};

	add_rows(rows, std::move(more), key, keep);
}

void add_faults(std::vector<group_faults> &rows, std::vector<group_faults> more)
{
	auto key = [](const group_faults &faults) { return faults.id; };
	auto add_to = [](group_faults &sum, const group_faults &faults) {
		sum.success += faults.success;
		sum.success_access += faults.success_access;
		sum.retry += faults.retry;
	};

	add_rows(rows, std::move(more), key, add_to);
}

auto key_of_lock_wait(const lock_wait &wait)
{
	return std::tuple(wait.holder, wait.holder_reads, wait.waiter, wait.what, wait.memory_of);
}

void add_lock_wait(lock_wait &sum, const lock_wait &wait)
{
	sum.count += wait.count;
	sum.ns += wait.ns;
	if (wait.longest_ns > sum.longest_ns) {
		sum.longest_ns = wait.longest_ns;
		sum.longest_ended_ns = wait.longest_ended_ns;
	}
}

void add(writer_counts &sums, writer_counts more)
{
	add_holds(sums.writers, std::move(more.writers));
	add_blames(sums.blames, std::move(more.blames));
	add_stacks(sums.kernel_stacks, std::move(more.kernel_stacks));
	add_times(sums.mmap_times, std::move(more.mmap_times));
	add_rows(sums.lock_waits, std::move(more.lock_waits), key_of_lock_wait, add_lock_wait);
	add_followed(sums.followed, std::move(more.followed));
}

template <class Part>
void add(std::optional<Part> &sums, std::optional<Part> more, const auto &add_part)
{
	if (more && !sums)
		sums.emplace();
	if (more)
		add_part(*sums, std::move(*more));
}

/** What is counted of processes. */
void add(snapshot &sums, snapshot more)
{
	add_faults(sums.faults, std::move(more.faults));
	add_counts(sums.aborts, std::move(more.aborts), [](const group_aborts &aborts) {
		return std::tuple(aborts.id, aborts.caller, aborts.caller_module, aborts.reason);
	});
	add_counts(sums.fallbacks, std::move(more.fallbacks), [](const group_fallbacks &fallbacks) {
		return std::pair(fallbacks.id, fallbacks.cause);
	});
	add(sums.misses, std::move(more.misses), [](auto &rows, auto misses) {
		add_counts(rows, std::move(misses), [](const group_misses &row) { return row.id; });
	});
	add(sums.writers, std::move(more.writers), [](auto &rows, auto writers) { add(rows, std::move(writers)); });
	add(sums.waits, std::move(more.waits), [](auto &rows, auto waits) { merge_alike(rows, std::move(waits)); });
	add(sums.fault_times, std::move(more.fault_times),
	    [](auto &rows, auto times) { add_times(rows, std::move(times)); });
}

std::vector<process_time> take_out(std::vector<process_time> &times, const move_of &moved)
{
	return take_out(times, [&](const process_time &time, auto &out) {
		const auto to = moved.process(time.process);

		if (to)
			out.push_back({*to, time.what, time.spent});
		return to.has_value();
	});
}

writer_counts take_out(writer_counts &writers, const move_of &moved)
{
	writer_counts result;

	result.writers = take_out(writers.writers, [&](const writer_holds &holds, auto &out) {
		const auto to = holds.writer.state == VMALOCK_WRITER_HOLDING ? std::nullopt : moved(holds.writer);

		if (to)
			out.push_back({*to, holds.comm, holds.syscall, holds.held});
		return to.has_value();
	});
	result.blames = take_out(writers.blames, [&](const blame &blame, auto &out) {
		const auto writer = moved(blame.writer);
		const auto victim = moved(blame.victim);

		if (blame.writer.state == VMALOCK_WRITER_HOLDING || !(writer || victim))
			return false;
		out.push_back({writer.value_or(blame.writer), victim.value_or(blame.victim), blame.aborts});
		return true;
	});
	result.lock_waits = take_out(writers.lock_waits, [&](const lock_wait &wait, auto &out) {
		const auto holder = moved(wait.holder);
		const auto waiter = moved.process(wait.waiter);

		if (!holder && !waiter)
			return false;
		out.push_back(wait);
		out.back().holder = holder.value_or(wait.holder);
		out.back().waiter = waiter.value_or(wait.waiter);
		return true;
	});
	result.followed = take_out(writers.followed, [&](const place_followed &place, auto &out) {
		const auto to = moved(place.holder);

		if (to)
			out.push_back({*to, place.reads, moved(place.spent), {moved(place.longest.course), place.longest.ended_ns}});
		return to.has_value();
	});
	result.mmap_times = take_out(writers.mmap_times, moved);
	return result;
}

writer_waits take_out(writer_waits &waits, const move_of &moved)
{
	return take_out(waits, [&](const waiting_writer &writer, auto &out) {
		const auto to = writer.go_on ? std::nullopt : moved.process(writer.id);

		if (to) {
			out.push_back(writer);
			out.back().id = *to;
		}
		return to.has_value();
	});
}

template <class Rows>
std::optional<Rows> take_out(std::optional<Rows> &rows, const move_of &moved)
{
	return rows ? std::optional(take_out(*rows, moved)) : std::nullopt;
}

/** Takes out of @p all what moves. */
snapshot take_out(snapshot &all, const move_of &moved)
{
	auto of_group = [&](const auto &row, auto &out) {
		const auto to = moved(row.id);

		if (to) {
			out.push_back(row);
			out.back().id = *to;
		}
		return to.has_value();
	};
	snapshot result;

	result.faults = take_out(all.faults, of_group);
	result.aborts = take_out(all.aborts, of_group);
	result.fallbacks = take_out(all.fallbacks, of_group);
	if (all.misses)
		result.misses = take_out(*all.misses, of_group);
	result.writers = take_out(all.writers, moved);
	result.waits = take_out(all.waits, moved);
	result.fault_times = take_out(all.fault_times, moved);
	return result;
}

process_names names_of(const snapshot &snapshot)
{
	process_names result;

	for (const process_name &name : snapshot.names)
		result[name.id] = name.name;
	return result;
}

std::map<std::uint64_t, std::string> paths_of(const snapshot &snapshot)
{
	std::map<std::uint64_t, std::string> result;

	for (const cgroup_path &cgroup : snapshot.cgroups)
		result[cgroup.id] = cgroup.path;
	return result;
}

/** Empty if it was not learnt. */
std::string path_of(const std::map<std::uint64_t, std::string> &paths, std::uint64_t cgroup)
{
	const auto found = paths.find(cgroup);

	return found == paths.end() ? "" : found->second;
}

/** The processes, threads and cgroups with an entry of their own. */
struct entries {
	std::set<process_id> processes;
	std::set<std::uint64_t> cgroups;
};

entries with_entries(const snapshot &snapshot)
{
	entries result;
	auto add_groups = [&](const auto &rows) {
		for (const auto &row : rows) {
			for (const process_id id : {row.id.process, row.id.thread})
				result.processes.insert(id);
			result.cgroups.insert(row.id.cgroup);
		}
	};
	auto add_times = [&](const std::vector<process_time> &times) {
		for (const process_time &time : times)
			result.processes.insert(time.process);
	};

	add_groups(snapshot.faults);
	add_groups(snapshot.aborts);
	add_groups(snapshot.fallbacks);
	if (snapshot.misses)
		add_groups(*snapshot.misses);
	if (snapshot.fault_times)
		add_times(*snapshot.fault_times);
	if (snapshot.waits)
		for (const waiting_writer &writer : *snapshot.waits)
			result.processes.insert(writer.id);
	if (snapshot.writers) {
		add_times(snapshot.writers->mmap_times);
		for (const lock_wait &wait : snapshot.writers->lock_waits)
			for (const process_id id : {wait.holder.process, wait.waiter})
				result.processes.insert(id);
		for (const writer_holds &holds : snapshot.writers->writers)
			result.processes.insert(holds.writer.process);
		for (const place_followed &place : snapshot.writers->followed)
			result.processes.insert(place.holder.process);
		for (const blame &blame : snapshot.writers->blames)
			for (const process_id id : {blame.writer.process, blame.victim.process})
				result.processes.insert(id);
	}
	return result;
}

} // namespace

process_id exited_sums::id_for(const std::string &name)
{
	const std::string &kept = ids.contains(name) || ids.size() < most_names ? name : other_names;

	return ids.emplace(kept, process_id{0, ids.size() + 1}).first->second;
}

std::uint64_t exited_sums::cgroup_for(const std::string &path)
{
	if (path.empty() || (!cgroups.contains(path) && cgroups.size() >= most_names))
		return other_cgroups;
	return cgroups.emplace(path, other_cgroups + cgroups.size() + 1).first->second;
}

std::uint32_t exited_sums::stack_for(const std::vector<std::string> &functions)
{
	if (const auto known = stacks.find(functions); known != stacks.end())
		return known->second;
	if (stacks.size() >= most_stacks)
		return VMALOCK_STACK_NONE;
	const std::uint32_t id = first_stack + static_cast<std::uint32_t>(stacks.size());
	stacks.emplace(functions, id);
	sums.writers->kernel_stacks.push_back({id, functions});
	return id;
}

/** Under which the sums have it: where there is no room to say that it changed, the one shown last. */
std::string exited_sums::last_name(process_id id, std::string name)
{
	const auto found = shown.find(id);

	if (found == shown.end())
		return name;
	if (found->second.changed || found->second.name != name) {
		if (last_names.size() >= most_last_names)
			name = found->second.name;
		else
			last_names[id] = name;
	}
	shown.erase(found);
	return name;
}

void exited_sums::take(snapshot now, const gone &gone)
{
	const process_names names = names_of(now);
	const auto paths = paths_of(now);
	std::map<process_id, process_id> to;

	if (gone.empty())
		return;
	if (now.writers && !sums.writers)
		sums.writers.emplace();
	for (const process_id id : gone.exited)
		to.emplace(id, id_for(last_name(id, name_of(names, id))));
	move_of moved = {
		[&](process_id id) -> std::optional<process_id> {
			const auto found = to.find(id);

			return found == to.end() ? std::nullopt : std::optional(found->second);
		},
		[&](std::uint64_t cgroup) -> std::optional<std::uint64_t> {
			if (!gone.removed.contains(cgroup))
				return std::nullopt;
			return cgroup_for(path_of(paths, cgroup));
		},
		[this](const auto &functions) { return stack_for(functions); },
		{}};
	moved.know_stacks(now);
	// One that was in the way of such, or was hit by one, can exit later.
	snapshot again = take_out(sums, moved);
	add(sums, std::move(again));
	add(sums, take_out(now, moved));
}

void exited_sums::show_in(snapshot &now)
{
	for (const process_name &name : now.names) {
		const auto [found, is_new] = shown.emplace(name.id, shown_name{name.name});

		if (!is_new && found->second.name != name.name)
			found->second = {name.name, true};
	}
	add(now, sums);
	for (const auto &[name, id] : ids)
		now.names.push_back({id, name});
	for (const auto &[id, name] : last_names)
		now.names.push_back({id, name});
	for (const auto &[path, id] : cgroups)
		now.cgroups.push_back({id, path});
}

bool has_sums(const snapshot &snapshot)
{
	return std::ranges::any_of(snapshot.names, [](const process_name &name) { return is_sum(name.id); }) ||
	       std::ranges::any_of(snapshot.faults, [](const group_faults &row) {
		       return is_sum_of_cgroups(row.id.cgroup);
	       });
}

snapshot settled(const snapshot &before, const snapshot &after)
{
	const process_names then = names_of(before), now = names_of(after);
	const entries stay = with_entries(after);
	const auto paths = paths_of(before);
	std::map<std::string, process_id> sums;
	std::map<std::string, std::uint64_t> cgroups;
	std::map<std::vector<std::string>, std::uint32_t> stacks;
	snapshot result = before;

	for (const auto &[id, name] : now)
		if (is_sum(id))
			sums.emplace(name, id);
	for (const cgroup_path &cgroup : after.cgroups)
		if (is_sum_of_cgroups(cgroup.id))
			cgroups.emplace(cgroup.path, cgroup.id);
	if (after.writers)
		for (const kernel_stack &stack : after.writers->kernel_stacks)
			if (stack.id >= first_stack)
				stacks.emplace(stack.functions, stack.id);
	move_of moved = {
		[&](process_id id) -> std::optional<process_id> {
			if (!id.pid || stay.processes.contains(id))
				return std::nullopt;
			const std::string name = name_of(now.contains(id) ? now : then, id);
			auto found = sums.find(name);

			if (found == sums.end())
				found = sums.find(other_names);
			return found == sums.end() ? std::nullopt : std::optional(found->second);
		},
		[&](std::uint64_t cgroup) -> std::optional<std::uint64_t> {
			if (is_sum_of_cgroups(cgroup) || stay.cgroups.contains(cgroup))
				return std::nullopt;
			const auto found = cgroups.find(path_of(paths, cgroup));

			return found == cgroups.end() ? other_cgroups : found->second;
		},
		[&](const auto &functions) {
			const auto found = stacks.find(functions);

			return found == stacks.end() ? VMALOCK_STACK_NONE : found->second;
		},
		{}};
	if (!has_sums(after))
		return result;
	moved.know_stacks(before);
	add(result, take_out(result, moved));
	return result;
}

} // namespace vmalock
