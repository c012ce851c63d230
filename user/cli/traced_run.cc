// SPDX-License-Identifier: GPL-2.0-only
#include "cli/traced_run.hh"

#include <unistd.h>

#include "collect/confinement.hh"
#include "collect/privileges.hh"
#include "model/exited.hh"
#include "model/filter.hh"

namespace vmalock {

namespace {

std::optional<child_process> command_of(const run_options &options)
{
	if (options.command.empty())
		return std::nullopt;
	return std::optional<child_process>(std::in_place, options.command);
}

/**
 * Once the programs are attached and the COMMAND, which keeps all capabilities, is
 * forked. The COMMAND can change its user, and signals are still passed on to it; the
 * helper's counters are in a directory of root's.
 */
std::vector<cap_value_t> still_needed(bool has_command)
{
	std::vector<cap_value_t> result;

	if (has_command)
		result.push_back(CAP_KILL);
	if (geteuid())
		result.push_back(CAP_DAC_READ_SEARCH);
	return result;
}

} // namespace

trace_target target_of(const run_options &options, const std::optional<child_process> &command)
{
	trace_target result;

	result.writers = options.writers;
	result.readers = options.readers;
	result.fault_times = options.times;
	result.symbols = options.symbols;
	result.events = options.events;
	result.forget_exited = options.forget_exited;
	if (counts_whole_machine(options.by) || options.all)
		return result;
	result.ids = options.tids.empty() ? options.pids : options.tids;
	result.ids_are_threads = !options.tids.empty();
	result.cgroup = options.cgroup;
	if (command) {
		result.ids = {static_cast<std::uint32_t>(command->pid())};
		result.follow_children = true;
	}
	return result;
}

report shown(const run_options &options, const snapshot &before, const snapshot &after)
{
	if (options.name.empty())
		return compare(before, after);
	const std::set<group_id> wanted = groups_named(after, options.name);

	return compare(filter(settled(before, after), wanted), filter(after, wanted));
}

traced_run::traced_run(const run_options &options)
	: loop(options.pids, options.tids), command(command_of(options)),
	  programs(target_of(options, command), {options.by, options.exact}), options(options)
{
	drop_capabilities_but(still_needed(command.has_value()));
	open_only_to_read();
}

void traced_run::when_readable(int file, std::function<void()> handle)
{
	loop.watch_requests(file);
	on_request = std::move(handle);
}

void traced_run::start()
{
	if (command)
		command->start();
}

int traced_run::wait(const std::function<void()> &interval, const events_taker &happened)
{
	loop.watch_records(programs.to_fetch());
	loop.start_intervals(options.interval_seconds);
	loop.start_duration(options.duration_seconds);
	loop.start_chores();

	for (;;) {
		switch (loop.next()) {
		case event::interval:
			interval();
			break;
		case event::chores:
			programs.make_room();
			break;
		case event::child:
			if (command)
				if (auto status = command->poll())
					return *status;
			break;
		case event::records:
			if (happened)
				happened(programs.take_events());
			else
				programs.fetch();
			break;
		case event::request:
			on_request();
			break;
		case event::processes:
		case event::elapsed:
			return 0;
		case event::stop:
			// The signal is passed on to a COMMAND, and the run ends with it.
			if (!command)
				return 0;
			if (loop.to_pass_on())
				command->signal(loop.to_pass_on());
			break;
		}
	}
}

void traced_run::stop(const events_taker &happened)
{
	programs.stop();
	for (auto left = programs.take_events(); !left.empty(); left = programs.take_events())
		happened(left);
}

} // namespace vmalock
