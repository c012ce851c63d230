// SPDX-License-Identifier: GPL-2.0-only
#include "recording/perfetto.hh"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <numeric>

#include "output/json_values.hh"

namespace vmalock {

namespace {

using nlohmann::ordered_json;

/** Process ids end at 2^22; what is above tells machines and their own rows apart. */
constexpr std::uint64_t pids = 1 << 22;

std::uint64_t traced_on(std::size_t run)
{
	return run * 2 * pids + pids;
}

std::uint64_t kernel_of(std::size_t run)
{
	return traced_on(run) + 1;
}

std::uint64_t pid_on(std::size_t run, process_id id)
{
	return is_sum(id) ? kernel_of(run) + id.start_ns % (pids - 1) : run * 2 * pids + id.pid;
}

std::uint64_t lost(const loss_counts &losses)
{
	std::uint64_t result = std::accumulate(losses.maps.begin(), losses.maps.end(), std::uint64_t(0));

	for (const auto &[program, count] : losses.skipped)
		result += count;
	return result;
}

} // namespace

perfetto_events::counters &perfetto_events::counters::operator+=(const counters &more)
{
	success += more.success;
	abort += more.abort;
	retry += more.retry;
	return *this;
}

perfetto_events::perfetto_events(std::vector<recorded_run> runs)
	: runs(std::move(runs)),
	  one_boot(std::ranges::all_of(this->runs, [this](const recorded_run &run) {
		  return run.boot_id == this->runs.front().boot_id;
	  })),
	  begun(this->runs.size())
{
}

std::string perfetto_events::head() const
{
	ordered_json machines = ordered_json::array();

	for (const recorded_run &run : runs)
		machines.push_back({{"host", run.host}, {"kernel", run.kernel}, {"vmalock", run.tool}});
	std::string result = to_line({{"displayTimeUnit", "ms"},
				      {"otherData", {{"clock", one_boot ? "CLOCK_BOOTTIME" : "CLOCK_REALTIME"},
						     {"machines", machines}}}});
	result.back() = ',';
	return result + "\n\"traceEvents\":[";
}

std::string perfetto_events::tail() const
{
	return "\n]}\n";
}

void perfetto_events::add_name(std::string &out, std::uint64_t pid, const std::string &name)
{
	out += first ? "\n" : ",\n";
	first = false;
	out += to_line({{"name", "process_name"}, {"ph", "M"}, {"pid", pid}, {"tid", pid},
			{"args", {{"name", name}}}});
}

void perfetto_events::add_counter(std::string &out, std::uint64_t pid, const char *name, std::uint64_t value)
{
	out += first ? "\n" : ",\n";
	first = false;
	out += to_line({{"name", name}, {"ph", "C"}, {"ts", now_us}, {"pid", pid}, {"tid", pid},
			{"args", {{"value", value}}}});
}

void perfetto_events::add_counters(std::string &out, std::uint64_t pid, const counters &value)
{
	add_counter(out, pid, "vma_lock_success", value.success);
	add_counter(out, pid, "vma_lock_abort", value.abort);
	add_counter(out, pid, "vma_lock_retry", value.retry);
}

/** Only what changed: most processes do nothing most of the time. */
void perfetto_events::add_process(std::string &out, std::size_t run, process_id id, const counters &value,
				  const process_names &names)
{
	auto [found, is_new] = known.try_emplace({run, id});
	process &process = found->second;
	const std::string name = name_of(names, id);

	if (is_new || name != process.name)
		add_name(out, pid_on(run, id), is_sum(id) ? name + " (exited)" : name);
	if (is_new || value != process.shown)
		add_counters(out, pid_on(run, id), value);
	process = {name, value};
}

std::string perfetto_events::events_of(const recorded_snapshot &recorded)
{
	const snapshot &snapshot = recorded.snapshot;
	const recorded_run &run = runs[recorded.run];
	process_names names;
	processes counts;
	counters all;
	std::string result;

	for (const process_name &name : snapshot.names)
		names[name.id] = name.name;
	for (const group_faults &faults : snapshot.faults)
		counts[faults.id.process] += {faults.success + faults.success_access, 0, faults.retry};
	for (const group_aborts &aborts : snapshot.aborts)
		counts[aborts.id.process] += {0, aborts.count, 0};

	now_us = static_cast<double>(one_boot ? run.start_boot_ns : run.start_ns) / 1e3 +
		 snapshot.seconds * 1e6;
	if (!begun[recorded.run]) {
		begun[recorded.run] = true;
		add_name(result, traced_on(recorded.run), run.host + ": all that was traced");
		if (snapshot.vmstat)
			add_name(result, kernel_of(recorded.run), run.host + ": the kernel's own counters");
	}
	for (const auto &[id, value] : counts) {
		all += value;
		if (counts_processes(snapshot.by))
			add_process(result, recorded.run, id, value, names);
	}
	add_counters(result, traced_on(recorded.run), all);
	add_counter(result, traced_on(recorded.run), "vmalock_lost", lost(snapshot.losses));
	if (snapshot.vmstat) {
		add_counters(result, kernel_of(recorded.run), {snapshot.vmstat->success,
							       snapshot.vmstat->abort, snapshot.vmstat->retry});
		add_counter(result, kernel_of(recorded.run), "vma_lock_miss", snapshot.vmstat->miss);
	}
	return result;
}

} // namespace vmalock
