// SPDX-License-Identifier: GPL-2.0-only
#include "cli/run_options.hh"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "cli/checks.hh"
#include "cli/task_id.hh"
#include "model/words.hh"

namespace vmalock {

namespace {

bool is_number(const std::string &word)
{
	return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
}

std::optional<std::string> problem_with_process(const std::string &pid)
{
	if (!is_number(pid))
		return pid + " is not a process id";
	switch (kind_of(pid)) {
	case task_id::of_process: return std::nullopt;
	case task_id::of_thread: return pid + " is a thread: give its process" + process_of_thread(pid);
	case task_id::of_none: break;
	}
	return "there is no process " + pid;
}

std::optional<std::string> problem_with_thread(const std::string &tid)
{
	if (!is_number(tid))
		return tid + " is not a thread id";
	if (kind_of(tid) == task_id::of_none)
		return "there is no thread " + tid;
	return std::nullopt;
}

/** NaN is refused too, which CLI11's Range lets pass. */
std::optional<std::string> problem_with_seconds(const std::string &seconds)
{
	double value;

	if (CLI::detail::lexical_cast(seconds, value) && value >= 0.01 && value <= 86400)
		return std::nullopt;
	return "give a number of seconds from 0.01 to 86400, not " + seconds;
}

/** A cgroup's folder; it becomes a whole path. */
CLI::Validator cgroup_folder()
{
	return CLI::Validator([](std::string &path) {
		struct statfs system;

		if (!path.starts_with('/'))
			path = "/sys/fs/cgroup/" + path;
		if (statfs(path.c_str(), &system))
			return "there is no cgroup " + path;
		return system.f_type == CGROUP2_SUPER_MAGIC ? "" : path + " is not a cgroup of version 2";
	}, "");
}

/** The options given that ask for less than the whole machine. */
std::vector<std::string> parts_of_machine(const run_options &options)
{
	std::vector<std::string> result;

	if (!options.pids.empty())
		result.push_back("-p");
	if (!options.tids.empty())
		result.push_back("-t");
	if (!options.cgroup.empty())
		result.push_back("--cgroup");
	return result;
}

} // namespace

void add_processes(CLI::App &app, run_options &options)
{
	app.add_option("-p,--pid", options.pids, "Count only this process (may be repeated)")
		->type_name("PID")
		->expected(1)
		->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
		->check(option_check(problem_with_process));
	app.add_option("-t,--tid", options.tids, "Count only this thread (may be repeated)")
		->type_name("TID")
		->expected(1)
		->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
		->check(option_check(problem_with_thread));
	app.add_option("--cgroup", options.cgroup,
		       "Count only processes in this cgroup or below it: a\n"
		       "whole path, or one under /sys/fs/cgroup")
		->type_name("PATH")
		->transform(cgroup_folder());
}

void add_whom(CLI::App &app, run_options &options)
{
	add_processes(app, options);
	app.add_flag("-a,--all", options.all, "Count every process, even if a COMMAND is given");
	app.add_option("-d,--duration", options.duration_seconds, "End after SECONDS")
		->type_name("SECONDS")
		->check(option_check(problem_with_seconds));
	app.add_option("COMMAND", options.command, "Run this, and count it and its children")
		->type_name("");
	app.positionals_at_end();
}

void add_name(CLI::App &app, run_options &options)
{
	app.add_option("-c,--comm", options.name, "Show only processes of this name")
		->type_name("NAME");
}

void add_rows(CLI::App &app, run_options &options, const std::string &names, const std::string &what)
{
	app.add_option(names, options.rows, what)
		->type_name("N")
		->check(whole_number(0, UINT32_MAX, "--top is a number of rows, or 0 for all"));
}

void add_targets(CLI::App &app, run_options &options)
{
	add_whom(app, options);
	add_name(app, options);
}

void add_interval(CLI::App &app, run_options &options, const std::string &what)
{
	app.add_option("-i,--interval", options.interval_seconds, what)
		->type_name("SECONDS")
		->check(option_check(problem_with_seconds));
}

void add_counting(CLI::App &app, run_options &options, const std::string &by)
{
	std::vector<std::pair<std::string, vmalock_by>> words;

	for (unsigned i = 0; i < VMALOCK_BY_NR; i++) {
		const auto value = static_cast<vmalock_by>(i);

		words.emplace_back(key_for(value), value);
	}
	choose(*app.add_option("--by", options.by, by)->type_name("WHAT"), words);
	app.add_flag("--exact", options.exact, "Lose no event, at a higher cost");
}

void add_depth(CLI::App &app, run_options &options)
{
	app.add_flag("--writers", options.writers,
		     "Also show which writers refused VMA locks, and time\n"
		     "mmap_lock");
	app.add_flag("--readers", options.readers,
		     "Also show which readers of a mapping writers wait for");
	app.add_flag("--times", options.times, "Also time page faults by the path they take");
}

void add_symbols(CLI::App &app, run_options &options)
{
	app.add_flag("--symbols", options.symbols, "Also name the user functions in the stacks of\n"
		     "--writers and --readers");
}

std::optional<std::string> conflict_in(const run_options &options)
{
	std::vector<std::string> parts = parts_of_machine(options), targets = parts;

	if (options.all)
		targets.insert(targets.begin(), "-a");
	else if (!options.command.empty())	// with -a it only says how long
		targets.push_back("a COMMAND");
	if (targets.size() > 1)
		return fmt::format("{} and {} exclude each other: give one of them", targets[0], targets[1]);
	if (!options.name.empty())
		parts.push_back("-c");
	if (!options.name.empty() && options.by == VMALOCK_BY_CGROUP)
		return "-c and --by cgroup exclude each other: a cgroup's counts are of processes of any name";
	if (!parts.empty() && counts_whole_machine(options.by))
		return fmt::format("{} and --by {} exclude each other: --by {} counts the whole machine",
				   parts[0], key_for(options.by), key_for(options.by));
	if (!options.command.empty() && options.duration_seconds > 0)
		return "-d and a COMMAND exclude each other: the run ends with the COMMAND";
	// 6.12 lets only fexit programs look up the task behind a process id.
	if (options.exact && options.writers)
		return "--exact and --writers exclude each other: give one of them";
	if (options.symbols && !options.writers && !options.readers)
		return "--symbols names functions in the stacks of --writers and --readers: give one of "
		       "them too";
	return std::nullopt;
}

} // namespace vmalock
