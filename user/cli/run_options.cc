// SPDX-License-Identifier: GPL-2.0-only
#include "cli/run_options.hh"

#include <fmt/format.h>
#include <fstream>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "cli/checks.hh"
#include "cli/choice.hh"
#include "cli/usage_error.hh"
#include "model/words.hh"

namespace vmalock {

namespace {

/** /proc has an entry for a thread too, though it does not list it. */
std::string no_such_process(const std::string &pid)
{
	std::ifstream status("/proc/" + pid + "/status");

	if (pid.find_first_not_of("0123456789") != std::string::npos)
		return pid + " is not a process id";
	for (std::string line; std::getline(status, line);)
		if (line.starts_with("Tgid:"))
			return line == "Tgid:\t" + pid
				       ? ""
				       : pid + " is a thread: give its process, " + line.substr(6);
	return "there is no process " + pid;
}

std::string no_such_thread(const std::string &tid)
{
	if (tid.empty() || tid.find_first_not_of("0123456789") != std::string::npos)
		return tid + " is not a thread id";
	return std::ifstream("/proc/" + tid + "/status") ? "" : "there is no thread " + tid;
}

/** Leaves the folder's whole path in @p path. */
std::string no_such_cgroup(std::string &path)
{
	struct statfs system;

	if (!path.starts_with('/'))
		path = "/sys/fs/cgroup/" + path;
	if (statfs(path.c_str(), &system))
		return "there is no cgroup " + path;
	return system.f_type == CGROUP2_SUPER_MAGIC ? "" : path + " is not a cgroup of version 2";
}

/** Leaves the number of the enumerator in @p word as CLI11 reads it. */
std::string no_by(std::string &word)
{
	for (unsigned by = 0; by < VMALOCK_BY_NR; by++)
		if (word == key_for(static_cast<vmalock_by>(by))) {
			word = std::to_string(by);
			return "";
		}
	return "events are counted by process, thread, mapping, cpu or machine, not by " + word;
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

std::string no_seconds(const std::string &seconds)
{
	double value;

	if (CLI::detail::lexical_cast(seconds, value) && value >= 0.01 && value <= 86400)
		return "";
	return "give a number of seconds from 0.01 to 86400, not " + seconds;
}

} // namespace

void add_processes(CLI::App &app, run_options &options)
{
	CLI::Validator cgroup(no_such_cgroup, "");

	app.add_option("-p,--pid", options.pids, "Count only this process (may be repeated)")
		->type_name("PID")
		->expected(1)
		->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
		->check(option_check(no_such_process));
	app.add_option("-t,--tid", options.tids, "Count only this thread (may be repeated)")
		->type_name("TID")
		->expected(1)
		->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
		->check(option_check(no_such_thread));
	app.add_option("--cgroup", options.cgroup,
		       "Count only processes in this cgroup or below it: a whole\n"
		       "path, or one under /sys/fs/cgroup")
		->type_name("PATH")
		->transform(cgroup);
}

void add_whom(CLI::App &app, run_options &options)
{
	add_processes(app, options);
	app.add_flag("-a,--all", options.all, "Count every process, even if a COMMAND is given");
	app.add_option("-d,--duration", options.duration_seconds, "End after SECONDS")
		->type_name("SECONDS")
		->check(option_check(no_seconds));
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
		->check(option_check(no_seconds));
}

void add_counting(CLI::App &app, run_options &options, const std::string &by)
{
	std::vector<std::string> words;

	for (unsigned by = 0; by < VMALOCK_BY_NR; by++)
		words.emplace_back(key_for(static_cast<vmalock_by>(by)));
	app.add_option("--by", options.by, by)
		->type_name("WHAT")
		->transform(choice(words, no_by));
	app.add_flag("--exact", options.exact, "Lose no event, at a higher cost");
}

void add_depth(CLI::App &app, run_options &options)
{
	app.add_flag("--writers", options.writers,
		     "Also show which writers refused VMA locks, and time\n"
		     "mmap_lock");
	app.add_flag("--readers", options.readers,
		     "Also show which readers of a mapping kept writers waiting");
	app.add_flag("--times", options.times, "Also time page faults by the path they take");
}

void add_symbols(CLI::App &app, run_options &options)
{
	app.add_flag("--symbols", options.symbols, "Also name the user functions in the stacks of --writers\n"
		     "and --readers");
}

void check(const run_options &options)
{
	std::vector<std::string> parts = parts_of_machine(options), targets = parts;

	if (options.all)
		targets.insert(targets.begin(), "-a");
	else if (!options.command.empty())	// with -a it only says how long
		targets.push_back("a COMMAND");
	if (targets.size() > 1)
		throw usage_error(fmt::format("{} and {} exclude each other: give one of them", targets[0],
					      targets[1]));
	if (!options.name.empty())
		parts.push_back("-c");
	if (!parts.empty() && counts_whole_machine(options.by))
		throw usage_error(fmt::format("{} and --by {} exclude each other: --by {} counts the "
					      "whole machine", parts[0], key_for(options.by), key_for(options.by)));
	if (!options.command.empty() && options.duration_seconds > 0)
		throw usage_error("-d and a COMMAND exclude each other: the run ends with the COMMAND");
	// 6.12 lets only fexit programs look up the task behind a process id.
	if (options.exact && options.writers)
		throw usage_error("--exact and --writers exclude each other: give one of them");
	if (options.symbols && !options.writers && !options.readers)
		throw usage_error("--symbols names functions in the stacks of --writers and --readers: "
				  "give one of them too");
}

} // namespace vmalock
