// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * vmalock, from the command line to the exit status.
 */
#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <string_view>
#include <unistd.h>

#include "cli/child_process.hh"
#include "commands/commands.hh"
#include "output/error.hh"
#include "uapi/version.h"

namespace vmalock {

namespace {

constexpr const char *version = "vmalock " VMALOCK_VERSION;

/** The words of a command line. */
struct command_line {
	std::vector<std::string> ours;		///< the last one first, as CLI11 wants them
	std::vector<std::string> command;	///< behind "--"
};

/** Everything behind "--" is the COMMAND's, dashes or not, if the subcommand takes one. */
command_line split(int argc, char **argv, bool may_have_command)
{
	command_line result;
	std::vector<std::string> all(argv + std::min(argc, 1), argv + argc);
	auto end = may_have_command ? std::ranges::find(all, "--") : all.end();

	result.ours.assign(std::make_reverse_iterator(end), all.rend());
	if (end != all.end())
		result.command.assign(end + 1, all.end());
	return result;
}

/** The subcommand that the line names, or none. */
subcommand *named(const subcommands &commands, const std::vector<CLI::App *> &apps,
		  std::string_view name)
{
	for (std::size_t i = 0; i < commands.size(); i++)
		if (apps[i]->get_name() == name)
			return commands[i].get();
	return nullptr;
}

/**
 * Files of our own never get the numbers of streams that the parent has closed. Writing to
 * these is still an error.
 */
void open_standard_streams()
{
	while (true) {
		const int number = open("/dev/null", O_RDONLY | O_CLOEXEC);

		if (number < 0 || number > STDERR_FILENO) {
			close(number);
			return;
		}
	}
}

int run(int argc, char **argv)
{
	open_standard_streams();
	// We wait for our children, and a file that gets too long is an error like others.
	std::signal(SIGCHLD, SIG_DFL);
	std::signal(SIGXFSZ, SIG_IGN);

	CLI::App app("Find out who blocks page faults in a process (per-VMA locks and mmap_lock)",
		     "vmalock");
	app.get_formatter()->column_width(26);
	app.set_version_flag("--version", version);
	app.require_subcommand(0, 1);

	// glibc raises this threshold to the largest block that was ever freed, here the
	// kernel's BTF, and later blocks of that size leave holes.
	mallopt(M_MMAP_THRESHOLD, 1 << 17);

	const subcommands commands = all_subcommands();
	std::vector<CLI::App *> apps;
	for (const auto &command : commands)
		apps.push_back(command->declare(app));

	const std::string name = argc > 1 ? argv[1] : "";
	subcommand *command = named(commands, apps, name);
	command_line words = split(argc, argv, command && command->runs_command());
	// For errors of the line itself.
	bool json = std::ranges::find(words.ours, "--json") != words.ours.end();

	auto refused = [&](int status, const std::string &sentence) {
		put_error(command ? command->results() : stdout, json, sentence);
		return status;
	};
	try {
		app.parse(words.ours);
		if (!command)
			return refused(2, "name a subcommand: see 'vmalock --help'");
		json = command->json;
		if (!words.command.empty())
			command->run_this(words.command);
		if (const std::optional<std::string> problem = command->problem())
			return refused(2, *problem);
		return command->run();
	} catch (const CLI::CallForVersion &) {
		fmt::print("{}\n", version);
		return 0;
	} catch (const CLI::Success &) {
		fmt::print("{}\n", app.help());
		return 0;
	} catch (const CLI::ParseError &error) {
		return refused(2, fmt::format("{}: see 'vmalock {}--help'", error.what(),
					      command ? name + " " : ""));
	} catch (const command_error &error) {
		return refused(error.status, error.sentence);
	} catch (const std::exception &error) {
		return refused(1, error.what());
	}
}

} // namespace

} // namespace vmalock

int main(int argc, char **argv)
{
	return vmalock::run(argc, argv);
}
