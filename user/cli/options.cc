// SPDX-License-Identifier: GPL-2.0-only
#include "cli/options.hh"

#include <CLI/CLI.hpp>
#include <filesystem>

namespace vmalock {

namespace {

constexpr const char *version = "vmalock 0.1";

std::string no_such_process(const std::string &pid)
{
	if (std::filesystem::exists("/proc/" + pid))
		return "";
	return "there is no process " + pid;
}

} // namespace

std::optional<instead> parse(int argc, char **argv, options &options)
{
	CLI::App app("Who fights over an address space: per-VMA lock events on stock kernels.",
		     "vmalock");
	app.set_version_flag("--version", version);
	app.require_subcommand(1);

	CLI::App *stat = app.add_subcommand(
		"stat", "Count faults by how the VMA lock served them, and why it was refused.\n"
			"Counts every process until Ctrl-C, or those of -p, or COMMAND and its\n"
			"children until it ends.");
	stat->add_option("-p,--pid", options.pids, "Count only this process (may be repeated)")
		->type_name("PID")
		->expected(1)
		->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
		->check(CLI::Validator(no_such_process, "", ""));
	stat->add_option("-i,--interval", options.interval_seconds,
			 "Also print what happened in each interval of so long")
		->type_name("SECONDS")
		->check(CLI::Range(0.01, 86400.0));
	stat->add_flag("--json", options.json, "Print JSON, one object a line, errors included");
	stat->add_option("--capture", options.capture_file,
			 "Also write the raw counts to FILE, for tests and bug reports")
		->type_name("FILE");
	stat->add_option("command", options.command, "Run this, count it and its children")
		->type_name("COMMAND...");
	stat->positionals_at_end();
	stat->prefix_command(false);

	// Everything behind "--" is the command's, dashes or not.
	std::vector<std::string> ours;
	char **argument = argv + 1;
	for (; argument < argv + argc && std::string_view(*argument) != "--"; argument++) {
		ours.insert(ours.begin(), *argument);
		if (std::string_view(*argument) == "--json")
			options.json = true;	// for errors of the line itself
	}
	try {
		app.parse(ours);
	} catch (const CLI::Success &) {
		return instead{0, ours.empty() || ours.front() != "--version" ? app.help() : version};
	} catch (const CLI::ParseError &error) {
		return instead{2, std::string(error.what()) + ": see 'vmalock stat --help'"};
	}
	if (argument < argv + argc)
		options.command.insert(options.command.end(), argument + 1, argv + argc);
	if (!options.command.empty() && !options.pids.empty())
		return instead{2, "-p and a COMMAND exclude each other: give one of them"};
	return std::nullopt;
}

} // namespace vmalock
