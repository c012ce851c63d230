// SPDX-License-Identifier: GPL-2.0-only
#include "model/wait_chains.hh"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <tuple>

#include "model/awaited_locks.hh"
#include "model/fuse_servers.hh"
#include "model/kernel_functions.hh"
#include "model/mmap_lock_readers.hh"
#include "model/sleep_places.hh"

namespace vmalock {

namespace {

/** So long a count must have stood before it is called leaked: two looks are not one moment. */
constexpr std::uint64_t leak_stands_ns = 1'000'000'000;

std::string doing_of(const blocked_task &task)
{
	if (!task.system_call.empty())
		return task.system_call;
	return task.in_fault ? std::string(page_fault) : "kernel thread";
}

bool has_met(const blocked_task &task, kernel_object mm)
{
	return std::ranges::find(task.met_mms, mm) != task.met_mms.end() ||
	       std::ranges::find(task.met_vmas, mm, &met_vma::mm) != task.met_vmas.end();
}

bool is_memory_of(const blocked_task &task, whose_memory whose, kernel_object mm)
{
	switch (whose) {
	case whose_memory::own: return task.mm == mm;
	case whose_memory::any: return has_met(task, mm);
	case whose_memory::another: return task.mm != mm && has_met(task, mm);
	}
	return false;
}

bool waits_for_mmap_lock(const blocked_task &task)
{
	return task.waits_for == VMALOCK_WAITS_TO_READ || task.waits_for == VMALOCK_WAITS_TO_WRITE;
}

/**
 * A fault under the VMA lock takes mmap_lock too where it prepares an anon_vma. Source of the
 * rule: __vmf_anon_prepare() (mm/memory.c).
 */
bool has_vma_lock_alone(const blocked_task &task)
{
	auto prepares = [](const std::string &frame) {
		return is_function(frame, "__vmf_anon_prepare") || is_function(frame, "__anon_vma_prepare");
	};
	auto locks = [](const met_vma &met) { return met.address != 0; };

	return std::ranges::any_of(task.met_vmas, locks) && std::ranges::none_of(task.stack, prepares);
}

/** Who runs on that CPU, unless several were seen there one after the other. */
const blocked_task *running_on(const blocked_look &look, std::uint32_t cpu)
{
	const blocked_task *result = nullptr;

	for (const blocked_task &task : look.tasks)
		if (task.state == VMALOCK_RUNNING && task.cpu == cpu) {
			if (result)
				return nullptr;
			result = &task;
		}
	return result;
}

/** Everything that is said of one address space, out of one look. */
class address_space {
public:
	address_space(const blocked_look &look, const contended_mm &mm) : look(look), mm(mm) {}

	/** Empty if nobody waits. */
	std::optional<address_space_stall> stall();

private:
	void find_writer();
	void find_vma_readers();
	void find_mmap_lock_readers();
	void name(std::vector<lock_holder> candidates);
	void add_waiting(const blocked_task &task);
	lock_holder holder(const blocked_task &task, std::string doing) const;
	/** @param has_memory it has a lock of this memory, and is at work there */
	lock_keeper keeper(const blocked_task &task, std::string doing, bool has_memory) const;
	/** Why it does not let go. */
	void explain(lock_keeper &out, const blocked_task &task, bool has_memory) const;
	/** The same, if it sleeps. */
	void explain_sleep(lock_keeper &out, const blocked_task &task, bool has_memory) const;
	std::string name_of(kernel_object other) const;

	const blocked_look &look;
	const contended_mm &mm;
	const blocked_task *writer = nullptr;
	address_space_stall result;
};

std::string address_space::name_of(kernel_object other) const
{
	auto found = std::ranges::find(look.mms, other, &contended_mm::mm);

	return found == look.mms.end() ? "another process" : fmt::format("{}/{}", found->name, found->pid);
}

void address_space::explain(lock_keeper &out, const blocked_task &task, bool has_memory) const
{
	if (waits_for_mmap_lock(task)) {
		out.why = "mmap_lock of " + name_of(task.waits_mm);
		return;
	}
	if (task.waits_for == VMALOCK_WAITS_FOR_READERS) {
		out.why = "waits for readers";
		return;
	}
	if (task.state == VMALOCK_RUNNING) {
		out.why = fmt::format("runs on CPU {}", task.cpu);
		return;
	}
	if (task.state == VMALOCK_RUNNABLE) {
		const blocked_task *runs = running_on(look, task.cpu);

		out.why = fmt::format("waits for CPU {}", task.cpu);
		if (runs)
			out.why += fmt::format(", which {}/{} has", runs->name, runs->tid);
		out.what_to_do = fmt::format("Raise its priority (renice, chrt -p {}), or free the CPU.", task.tid);
		return;
	}
	explain_sleep(out, task, has_memory);
}

/** Which lock is sure; what the functions say beside it is more, as that it is in reclaim. */
void address_space::explain_sleep(lock_keeper &out, const blocked_task &task, bool has_memory) const
{
	const sleep_place place = sleep_place_in(task.stack);
	const std::string lock = words_of(task.sleeps_on);

	if (!lock.empty()) {
		out.why = place.what.empty() ? lock : fmt::format("{}: {}", place.what, lock);
		// It waits for the owner of the lock, and for no server.
		if (place.what != in_fuse)
			out.what_to_do = place.what_to_do;
		return;
	}
	if (place.what == in_fuse && has_memory) {
		auto [why, what_to_do] = why_fuse_sleeps(look, task, mm.mm);

		out.why = std::move(why);
		out.what_to_do = std::move(what_to_do);
		return;
	}
	out.why = place.what;
	out.what_to_do = place.what_to_do;
	if (out.why.empty() && !task.stack.empty())
		out.why = "in " + place_in(task.stack);
}

/** Certain: owner words are exact, and said so at its visit. */
lock_holder address_space::holder(const blocked_task &task, std::string doing) const
{
	lock_holder out = {keeper(task, std::move(doing), true), {}};

	for (const blocked_task *other : lock_owners_of(look, task)) {
		out.lock_owners.push_back(keeper(*other, doing_of(*other), false));
		out.lock_owners.back().grade = grade::certain;
	}
	return out;
}

lock_keeper address_space::keeper(const blocked_task &task, std::string doing, bool has_memory) const
{
	lock_keeper out;

	out.pid = task.pid;
	out.tid = task.tid;
	out.name = task.name;
	out.doing = std::move(doing);
	out.state = task.state;
	out.waits_for = task.waits_for;
	out.off_cpu_ns = task.off_cpu_ns;
	out.stack = task.stack;
	explain(out, task, has_memory);
	return out;
}

/** Certain: the programs have read the owner word at its visit, and it says that it writes. */
void address_space::find_writer()
{
	auto found = std::ranges::find(look.tasks, mm.mm, &blocked_task::owns_mm);

	if (found == look.tasks.end())
		return;
	writer = &*found;
	result.unseen_writer = false;
	result.writer = holder(*writer, doing_of(*writer));
	result.writer->grade = grade::certain;
	if (writer->waits_for == VMALOCK_WAITS_FOR_READERS) {
		result.vma = writer->waits_vma;
		result.readers_counted = writer->waits_vma.readers;
		result.threads++;
		result.ns = writer->off_cpu_ns;
	}
}

/** More of them than are counted: at least one is wrong, and none is named. */
void address_space::name(std::vector<lock_holder> candidates)
{
	if (candidates.size() > result.readers_counted) {
		result.suspects = candidates.size();
		candidates.clear();
	}
	result.readers = std::move(candidates);
	result.readers_unknown = result.readers_counted - result.readers.size();
}

/**
 * Who waits for mmap_lock has let go of all VMA locks of it, or the two would deadlock
 * (mm/mmap_lock.c). The task tells, not its stack: stacks of other tasks come without the
 * functions of locks.
 */
void address_space::find_vma_readers()
{
	std::vector<lock_holder> candidates;
	bool could_be = false;

	for (const blocked_task &task : look.tasks) {
		auto met = std::ranges::find(task.met_vmas, result.vma->vma, &met_vma::vma);

		could_be = could_be || task.state == VMALOCK_RUNNING || task.more_met ||
			   (&task != writer && met != task.met_vmas.end());
		if (&task == writer || met == task.met_vmas.end() || (waits_for_mmap_lock(task) && task.waits_mm == mm.mm))
			continue;
		const judgement judged = judge({task.pid, task.tid, task.name, task.stack, met->address, 0},
					       look.helper_users);
		if (judged.part != lock_part::holds)
			continue;
		const std::size_t colon = judged.what.find(": ");
		const std::string where = colon == judged.what.npos ? "" : judged.what.substr(colon + 2);
		lock_holder found = holder(task, judged.what.substr(0, colon));
		// A driver says more than the function in which it sleeps, a lock more than a driver.
		if (!where.empty() && !task.sleeps_on.lock && where != sleep_place_in(task.stack).what && task.state != VMALOCK_RUNNABLE)
			found.why = where;
		candidates.push_back(std::move(found));
	}
	name(std::move(candidates));
	result.leaked = result.readers_counted && !could_be && writer->off_cpu_ns >= leak_stands_ns &&
			look.not_visible.empty();
}

void address_space::find_mmap_lock_readers()
{
	std::vector<lock_holder> candidates;

	result.readers_counted = mm.readers;
	for (const blocked_task &task : look.tasks) {
		const mmap_lock_reader reader = mmap_lock_reader_in(task.stack);

		if (reader.what.empty() || waits_for_mmap_lock(task) || !is_memory_of(task, reader.whose, mm.mm) ||
		    (reader.or_vma_lock && look.walks_lock_vmas) ||
		    (reader.what == page_fault && has_vma_lock_alone(task)))
			continue;
		candidates.push_back(holder(task, std::string(reader.what)));
	}
	name(std::move(candidates));
}

void address_space::add_waiting(const blocked_task &task)
{
	const std::string doing = doing_of(task);
	auto group = std::ranges::find_if(result.behind, [&](const waiting_threads &other) {
		return std::tie(other.pid, other.doing, other.waits_for) ==
		       std::tie(task.pid, doing, task.waits_for);
	});

	if (group == result.behind.end()) {
		result.behind.emplace_back();
		group = result.behind.end() - 1;
		group->pid = task.pid;
		group->name = task.name;
		group->doing = doing;
		group->waits_for = task.waits_for;
		group->of_another = task.mm != mm.mm;
	}
	if (group->tids.empty() || task.off_cpu_ns > group->ns) {
		group->ns = task.off_cpu_ns;
		group->stack = task.stack;
	}
	group->tids.push_back(task.tid);
	result.threads++;
	result.ns = std::max(result.ns, task.off_cpu_ns);
}

std::optional<address_space_stall> address_space::stall()
{
	result.pid = mm.pid;
	result.unseen_writer = mm.owner_tid && !mm.owner_reads;
	result.name = mm.name;
	result.more_behind = mm.more_queued;
	find_writer();
	for (const blocked_task &task : look.tasks)
		if (task.waits_mm == mm.mm && task.waits_for != VMALOCK_WAITS_FOR_READERS)
			add_waiting(task);
	if (!result.threads)
		return std::nullopt;
	if (result.vma)
		find_vma_readers();
	else if (!writer)
		find_mmap_lock_readers();
	std::ranges::stable_sort(result.behind, std::greater(), &waiting_threads::ns);
	return std::move(result);
}

/** As of its visit it had not run since before the look began. */
bool slept_through(const blocked_look &look, const blocked_task &task)
{
	return static_cast<double>(task.off_cpu_ns) > look.seconds * 1e9;
}

/**
 * For whose mmap_lock the writer waits, or who has the locks that it sleeps on: no more, since
 * a deadlock is said without a grade. Tasks are met one after the other: through other locks
 * it is one only if all have slept since before the look, so that what was read of each was
 * so at that moment.
 */
std::set<kernel_object> waits_of_holders(const blocked_look &look, const address_space_stall &stall)
{
	std::set<kernel_object> result;

	for (const blocked_task &writer : look.tasks) {
		if (!stall.writer || writer.tid != stall.writer->tid)
			continue;
		if (waits_for_mmap_lock(writer))
			result.insert(writer.waits_mm);
		bool all_slept = slept_through(look, writer);
		for (const blocked_task *owner : lock_owners_of(look, writer)) {
			all_slept = all_slept && slept_through(look, *owner);
			if (all_slept && waits_for_mmap_lock(*owner))
				result.insert(owner->waits_mm);
		}
	}
	return result;
}

struct known_stall {
	kernel_object mm;
	std::uint32_t own_pid;
	address_space_stall stall;
	std::set<kernel_object> waits; ///< for these address spaces
};

/** The way from @p at back to @p start along those that wait; empty if there is none. */
std::vector<kernel_object> way_back(const std::map<kernel_object, const known_stall *> &all, kernel_object at,
				    kernel_object start, std::set<kernel_object> &seen)
{
	auto here = all.find(at);

	if (here == all.end() || !seen.insert(at).second)
		return {};
	for (kernel_object next : here->second->waits) {
		std::vector<kernel_object> rest = next == start ? std::vector{start}
								: way_back(all, next, start, seen);
		if (!rest.empty()) {
			rest.insert(rest.begin(), at);
			return rest;
		}
	}
	return {};
}

void find_cycles(std::vector<known_stall> &stalls)
{
	std::map<kernel_object, const known_stall *> all;

	for (const known_stall &one : stalls)
		all.emplace(one.mm, &one);
	for (known_stall &one : stalls) {
		std::set<kernel_object> seen;

		for (kernel_object mm : way_back(all, one.mm, one.mm, seen)) {
			const address_space_stall &other = all.at(mm)->stall;
			one.stall.cycle.push_back(fmt::format("{}/{}", other.name, other.pid));
		}
	}
}

bool has_part(const blocked_look &look, const known_stall &one, const std::vector<std::uint32_t> &pids)
{
	auto is_asked_for = [&](std::uint32_t pid) { return std::ranges::find(pids, pid) != pids.end(); };
	auto is = [](const blocked_task &task) {
		return [&](const lock_keeper &other) { return other.tid == task.tid; };
	};
	auto reads = [&](const blocked_task &task) { return std::ranges::any_of(one.stall.readers, is(task)); };
	auto owns_lock = [&](const blocked_task &task) {
		auto is_owned = [&](const lock_holder &holder) {
			return std::ranges::any_of(holder.lock_owners, is(task));
		};

		return std::ranges::any_of(one.stall.readers, is_owned) ||
		       (one.stall.writer && is_owned(*one.stall.writer));
	};

	return pids.empty() || is_asked_for(one.own_pid) ||
	       std::ranges::any_of(look.lock_owners, [&](const blocked_task &task) {
		       return is_asked_for(task.own_pid) && owns_lock(task);
	       }) ||
	       std::ranges::any_of(look.tasks, [&](const blocked_task &task) {
		       return is_asked_for(task.own_pid) && (task.mm == one.mm || task.waits_mm == one.mm ||
							     task.owns_mm == one.mm || reads(task) || owns_lock(task));
	       });
}

} // namespace

stall_report stalls_in(const blocked_look &look, const stall_filter &filter)
{
	stall_report result = {look.kernel, look.seconds, {}, 0, look.not_visible};
	std::vector<known_stall> stalls;

	for (const contended_mm &mm : look.mms)
		if (auto stall = address_space(look, mm).stall())
			stalls.push_back({mm.mm, mm.own_pid, *stall, waits_of_holders(look, *stall)});
	find_cycles(stalls);
	for (known_stall &one : stalls)
		if (one.stall.ns >= filter.over_ns && has_part(look, one, filter.pids))
			result.stalls.push_back(std::move(one.stall));
		else
			result.left_out++;
	std::ranges::stable_sort(result.stalls, std::greater(), [](const address_space_stall &stall) {
		return std::tuple(!stall.cycle.empty(), stall.threads, stall.ns);
	});
	return result;
}

} // namespace vmalock
