// SPDX-License-Identifier: GPL-2.0-only
#include "cli/offers.hh"

#include <fmt/format.h>

namespace vmalock {

namespace {

constexpr const char *head = R"script(# fish completion of vmalock, made by `vmalock completions fish`.

function __vmalock_subcommand --argument-names name
	set -l words (commandline -opc)
	test "$words[2]" = "$name"
end

# __vmalock_before_command NAME [OPTION...]: the same, and its COMMAND has not
# begun. The OPTIONs are all of its that take a value.
function __vmalock_before_command --argument-names name
	set -l words (commandline -opc)
	test "$words[2]" = "$name"; or return
	set -e words[1..2]
	while set -q words[1]
		switch $words[1]
			case --
				return 1
			case '-*'
				contains -- $words[1] $argv; and set -q words[2]; and set -e words[2]
			case '*'
				return 1
		end
		set -e words[1]
	end
end

function __vmalock_threads
	string replace --regex '.*/' '' /proc/*/task/*
end

# Whole paths, and paths below the root of all cgroups.
function __vmalock_cgroups
	set -l word (commandline -ct | string replace --regex '^--[^=]*=' '')
	__fish_complete_directories $word
	string match -q '/*' -- $word; or string replace /sys/fs/cgroup/ '' /sys/fs/cgroup/$word*/
end

complete -c vmalock -f
)script";

std::string in_quotes(std::string_view text)
{
	std::string result = "'";

	for (char c : text) {
		if (c == '\'' || c == '\\')
			result += '\\';
		result += c;
	}
	return result + "'";
}

/**
 * The options that make `complete` offer values of this kind.
 * @param with_value the options before a COMMAND that take a value
 */
std::string values_for(const offered_value &value, const std::string &with_value)
{
	switch (value.kind) {
	case offer::words:
		return fmt::format("-x -a '{}'", fmt::join(value.words, " "));
	case offer::list:
		return fmt::format("-x -a '(__fish_append , {})'", fmt::join(value.words, " "));
	case offer::process:
		return "-x -a '(__fish_complete_pids)'";
	case offer::thread:
		return "-x -a '(__vmalock_threads)'";
	case offer::process_name:
		return "-x -a '(__fish_complete_proc)'";
	case offer::cgroup:
		return "-x -a '(__vmalock_cgroups)'";
	case offer::file:
		return "-r -F";
	case offer::command:
		return fmt::format("-x -a '(__fish_complete_subcommand --fcs-skip=2 {})'", with_value);
	case offer::nothing:
		break;
	}
	return "-x";
}

/** @param line `complete` with the condition under which they are offered */
std::string options_of(const offered_command &command, const std::string &line)
{
	std::string result;

	for (const offered_option &option : command.options) {
		result += line;
		for (const std::string &name : option.names)
			result += name.starts_with("--") ? " -l " + name.substr(2)
							 : " -s " + name.substr(1);
		if (option.value)
			result += " " + values_for(*option.value, "");
		result += fmt::format(" -d {}\n", in_quotes(option.description));
	}
	return result;
}

/** The line that gives the variable @p name all options that take a value. */
std::string set_with_value(const offered_command &command, const std::string &name)
{
	std::string result = "set -g " + name;

	for (const offered_option &option : command.options)
		if (option.value)
			result += fmt::format(" {}", fmt::join(option.names, " "));
	return result + "\n";
}

std::string lines_for(const offered_command &command)
{
	const std::string with_value = "__vmalock_with_value_" + command.name;
	const std::string on_it =
		fmt::format("complete -c vmalock -n '__vmalock_subcommand {}'", command.name);
	const std::string before_command = fmt::format(
		"complete -c vmalock -n '__vmalock_before_command {} ${}'", command.name, with_value);
	std::string result = "\n";

	if (command.takes_command())
		result += set_with_value(command, with_value) + options_of(command, before_command);
	else
		result += options_of(command, on_it);
	if (command.operand && command.operand->kind != offer::nothing)
		result += fmt::format("{} {}\n", on_it, values_for(*command.operand, "$" + with_value));
	return result;
}

} // namespace

std::string fish_completion(const offered_command &vmalock)
{
	const std::string first = "complete -c vmalock -n '__vmalock_subcommand \"\"'";
	std::string result = head + options_of(vmalock, first);

	for (const offered_command &command : vmalock.subcommands)
		result += fmt::format("{} -a {} -d {}\n", first, command.name,
				      in_quotes(command.description));
	for (const offered_command &command : vmalock.subcommands)
		result += lines_for(command);
	return result;
}

} // namespace vmalock
