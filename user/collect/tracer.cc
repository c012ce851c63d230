// SPDX-License-Identifier: GPL-2.0-only
#include "collect/tracer.hh"

#include <map>
#include <set>
#include <sys/utsname.h>

#include "collect/cgroups.hh"
#include "collect/counts.hh"
#include "collect/exited_processes.hh"
#include "collect/helper_stats.hh"
#include "collect/process_times.hh"
#include "collect/vmstat.hh"
#include "collect/writers.hh"

namespace vmalock {

namespace {
constexpr int most_readings = 5;
constexpr const char *hidden_callers = "callers: the kernel hides addresses (vmalock doctor says why)";
constexpr std::chrono::milliseconds longest_naming{500};

/** Calls @p name with the process, addresses and frames of each user stack; it says if it has them. */
void for_each_user_stack(snapshot &snapshot, const auto &name)
{
	if (snapshot.writers) {
		std::map<std::uint32_t, const std::vector<std::uint64_t> *> stacks;
		std::set<std::pair<process_id, std::uint32_t>> seen;

		for (const user_stack &stack : snapshot.writers->user_stacks)
			stacks.emplace(stack.id, &stack.addresses);
		snapshot.writers->named_stacks.clear();
		for (const writer_holds &holds : snapshot.writers->writers) {
			auto stack = stacks.find(holds.writer.user_stack);
			user_frames frames;

			if (stack != stacks.end() &&
			    seen.emplace(holds.writer.process, stack->first).second &&
			    name(holds.writer.process, *stack->second, frames))
				snapshot.writers->named_stacks.push_back(
					{holds.writer.process, stack->first, std::move(frames)});
		}
	}
	if (snapshot.waits)
		for (waiting_writer &writer : *snapshot.waits)
			for (reader_row &reader : writer.in_the_way)
				if (!reader.user_stack.empty())
					name({reader.pid, 0}, reader.user_stack, reader.user_frames);
}

} // namespace

tracer::tracer(const trace_target &target, const counting &counting)
	: how(counting), programs(target, counting, symbols), with_writers(target.writers),
	  with_fault_times(target.fault_times), forgets(target.forget_exited),
	  started(std::chrono::steady_clock::now())
{
	if (target.symbols)
		names.emplace(programs.numbers());
	if (target.events)
		events.emplace(programs.bpf(), symbols);
	else if (target.readers)
		waits.emplace(programs.bpf(), symbols);
}

int tracer::to_fetch() const
{
	return events ? events->file() : waits ? waits->file() : -1;
}

void tracer::fetch()
{
	waits->fetch();
}

std::vector<traced_event> tracer::take_events()
{
	return events->take();
}

void tracer::stop()
{
	programs.stop();
}

loss_counts tracer::losses()
{
	return read_losses(programs.bpf());
}

snapshot tracer::take()
{
	// Before anything is read: what these did is in it whole.
	const gone gone = gone_now(forgets || crowded.is_time(programs.bpf()));
	snapshot result = read_tables(gone);

	if (names) {
		name_stacks(result);
		names->wait(longest_naming);
		name_stacks(result);
	}
	if (forgets)
		return result;
	snapshot tables = gone.empty() ? snapshot() : result;
	sums.show_in(result);
	sums.take(std::move(tables), gone);
	return result;
}

void tracer::make_room()
{
	const gone gone = gone_now(crowded.is_time(programs.bpf()));

	if (gone.empty())
		return;
	snapshot tables = read_tables(gone);
	if (!forgets)
		sums.take(std::move(tables), gone);
}

snapshot tracer::read_tables(const gone &gone)
{
	snapshot result;
	utsname system;

	uname(&system);
	result.kernel = system.release;
	result.by = how.by;
	result.attached = programs.attached_to();
	result.not_visible = programs.cannot_see();
	if (programs.sees_misses())
		result.misses.emplace();
	result.vmstat = read_vmstat();
	for (int reading = 0; reading < most_readings; reading++) {
		auto before = result.vmstat;

		result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() -
							       started).count();
		read_counts(programs.bpf(), symbols, result);
		result.vmstat = read_vmstat();
		result.vmstat_moved = result.vmstat != before;
		if (!result.vmstat_moved)
			break;
	}
	if (!symbols.visible())
		result.not_visible.push_back(hidden_callers);
	if (with_writers)
		result.writers = read_writers(programs.bpf(), symbols);
	if (with_fault_times)
		result.fault_times = read_process_times(programs.bpf(), VMALOCK_FIRST_FAULT_TIME,
							VMALOCK_TIME_NR);
	result.helper = read_helper_stats();
	if (waits)
		result.waits = waits->with_those_that_go_on();
	forget(programs.bpf(), gone);
	if (waits)
		waits->forget(gone.exited);
	return result;
}

gone tracer::gone_now(bool time)
{
	gone result;

	if (!time)
		return result;
	result.exited = exited_processes(programs.bpf());
	if (waits)
		for (const waiting_writer &writer : waits->so_far())
			if (has_exited(writer.id))
				result.exited.insert(writer.id);
	if (how.by == VMALOCK_BY_CGROUP)
		result.removed = removed_cgroups(programs.bpf());
	return result;
}

void tracer::name_stacks()
{
	snapshot current;

	if (!names)
		return;
	if (with_writers)
		current.writers = read_user_stacks(programs.bpf());
	if (waits)
		current.waits = waits->so_far();
	name_stacks(current);
}

void tracer::name_stacks(snapshot &snapshot)
{
	for_each_user_stack(snapshot, [this](process_id process, const auto &stack, user_frames &frames) {
		auto found = names->frames(process, stack);

		if (found)
			frames = std::move(*found);
		return found.has_value();
	});
}

} // namespace vmalock
