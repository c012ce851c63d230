// SPDX-License-Identifier: GPL-2.0-only
#include "collect/tracer.hh"

#include <sys/utsname.h>

#include "collect/counts.hh"
#include "collect/helper_stats.hh"
#include "collect/writers.hh"

namespace vmalock {

tracer::tracer(const trace_target &target)
	: programs(target), with_writers(target.writers), started(std::chrono::steady_clock::now())
{
	if (target.readers)
		waits.emplace(programs.bpf(), symbols);
}

int tracer::to_fetch() const
{
	return waits ? waits->file() : -1;
}

void tracer::fetch()
{
	waits->fetch();
}

snapshot tracer::take()
{
	snapshot result;
	utsname system;

	uname(&system);
	result.kernel = system.release;
	result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
	result.not_visible = programs.cannot_see();
	read_counts(programs.bpf(), symbols, result);
	if (with_writers)
		result.writers = read_writers(programs.bpf(), symbols);
	result.helper = read_helper_stats();
	if (waits)
		result.waits = waits->so_far();
	return result;
}

} // namespace vmalock
