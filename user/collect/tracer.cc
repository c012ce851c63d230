// SPDX-License-Identifier: GPL-2.0-only
#include "collect/tracer.hh"

#include <sys/utsname.h>

#include "collect/counts.hh"
#include "collect/helper_stats.hh"
#include "collect/process_times.hh"
#include "collect/vmstat.hh"
#include "collect/writers.hh"

namespace vmalock {

namespace {
constexpr int most_readings = 5;
constexpr const char *hidden_callers = "callers: the kernel hides addresses (vmalock doctor says why)";
}

tracer::tracer(const trace_target &target, const counting &counting)
	: how(counting), programs(target, counting), with_writers(target.writers),
	  with_fault_times(target.fault_times),
	  started(std::chrono::steady_clock::now())
{
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
	snapshot result;
	utsname system;

	uname(&system);
	result.kernel = system.release;
	result.by = how.by;
	result.attached = programs.attached_to();
	result.not_visible = programs.cannot_see();
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
	if (!result.vmstat)
		result.not_visible.push_back("miss (it leaves no trace outside lock_vma_under_rcu())");
	if (!symbols.visible())
		result.not_visible.push_back(hidden_callers);
	if (with_writers)
		result.writers = read_writers(programs.bpf(), symbols);
	if (with_fault_times)
		result.fault_times = read_process_times(programs.bpf(), VMALOCK_FIRST_FAULT_TIME,
							VMALOCK_TIME_NR);
	result.helper = read_helper_stats();
	if (waits)
		result.waits = waits->so_far();
	return result;
}

} // namespace vmalock
