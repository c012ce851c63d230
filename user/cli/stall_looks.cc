// SPDX-License-Identifier: GPL-2.0-only
#include "cli/stall_looks.hh"

#include <exception>

namespace vmalock {

namespace {

/** All tasks are traced, whatever else is said. */
bool is_of_all(const run_options &options)
{
	return options.all || counts_whole_machine(options.by);
}

bool are_known(const run_options &options)
{
	return is_of_all(options) ||
	       (options.command.empty() && options.tids.empty() && options.cgroup.empty());
}

} // namespace

stall_looks::stall_looks(const run_options &options, double seconds)
	: filter{stands_ns, options.pids}, least(seconds)
{
	if (!are_known(options))
		return;
	try {
		tasks.emplace(symbols);
	} catch (const std::exception &error) {
		why_not = error.what();
	}
}

std::optional<stall_report> stall_looks::look()
{
	if (!tasks || (last && clock::now() - looked < least))
		return last;
	try {
		last = stalls_in(tasks->look(), filter);
		why_not.clear();
	} catch (const std::exception &error) {
		last.reset();
		why_not = error.what();
	}
	looked = clock::now();
	return last;
}

std::optional<stall_report> first_look(const run_options &options)
{
	if (!options.command.empty() && !is_of_all(options))
		return stall_report();
	return stall_looks(options, 0).look();
}

} // namespace vmalock
