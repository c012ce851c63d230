// SPDX-License-Identifier: GPL-2.0-only
#include "cli/offers.hh"

#include <fmt/format.h>

namespace vmalock {

namespace {

constexpr const char *head = R"script(#compdef vmalock
# zsh completion of vmalock, made by `vmalock completions zsh`.

# Of all terminals, which _pids leaves to the user's configuration.
_vmalock_processes() {
	local -a processes=(${(f)"$(_call_program processes ps -A -o pid= -o comm= |
		sed 's/^ *//; s/ /:/')"})
	_describe -t processes process processes
}

_vmalock_threads() {
	local expl
	_wanted threads expl 'thread' compadd - /proc/<->/task/<->(N:t)
}

# Whole paths, and paths below the root of all cgroups.
_vmalock_cgroups() {
	_alternative 'cgroups:cgroup:_files -W /sys/fs/cgroup -/' 'directories:folder:_files -/'
}

_vmalock_command() {
	[[ $words[1] != -- ]] || { shift words; ((CURRENT--)) }
	_normal
}

)script";

constexpr const char *tail = R"script(
if [[ $funcstack[1] = _vmalock ]]; then
	_vmalock "$@"
else
	compdef _vmalock vmalock
fi
)script";

/** In single quotes, with a backslash before what _arguments would take for its own. */
std::string in_quotes(std::string_view text)
{
	std::string result;

	for (char c : text) {
		if (c == '\'')
			result += "'\\'";
		else if (c == '\\' || c == ':' || c == '[' || c == ']')
			result += '\\';
		result += c;
	}
	return result;
}

/** The action of _arguments that offers values of this kind. */
std::string action_for(const offered_value &value)
{
	switch (value.kind) {
	case offer::words:
		return fmt::format("({})", fmt::join(value.words, " "));
	case offer::list:
		return fmt::format("_values -s , {} {}", value.name, fmt::join(value.words, " "));
	case offer::process:
		return "_vmalock_processes";
	case offer::thread:
		return "_vmalock_threads";
	case offer::process_name:
		return "_process_names -a";
	case offer::cgroup:
		return "_vmalock_cgroups";
	case offer::file:
		return "_files";
	case offer::command:
		return "_command_names -e";
	case offer::nothing:
		break;
	}
	return " ";
}

/** An argument of _arguments: each name with what may stand beside it and behind it. */
std::string argument_for(const offered_option &option)
{
	std::string names, value;

	for (const std::string &name : option.names) {
		const char *behind = !option.value		  ? ""
				     : name.starts_with("--") ? "="
							      : "+";

		names += (names.empty() ? "" : ",") + name + behind;
	}
	if (option.names.size() > 1)
		names = "{" + names + "}";
	if (option.value)
		value = fmt::format(":{}:{}", option.value->name, action_for(*option.value));
	// Of an option that is already there no name is offered again.
	const std::string rest =
		option.repeats ? "*" : fmt::format("({})", fmt::join(option.names, " "));
	return fmt::format("'{}'{}'[{}]{}'", rest, names, in_quotes(option.description), value);
}

std::string arguments_for(const offered_command &command)
{
	std::string result;

	for (const offered_option &option : command.options)
		result += fmt::format(" \\\n\t\t\t{}", argument_for(option));
	if (command.takes_command())
		result += " \\\n\t\t\t'(-):COMMAND:_command_names -e' \\\n\t\t\t'*::argument:_vmalock_command'";
	else if (command.operand)
		result += fmt::format(" \\\n\t\t\t'*:{}:{}'", command.operand->name,
				      action_for(*command.operand));
	return result;
}

} // namespace

std::string zsh_completion(const offered_command &vmalock)
{
	std::string result = head;

	result += "_vmalock() {\n"
		  "\tlocal curcontext=$curcontext state line ret=1\n"
		  "\tlocal -a subcommands=(\n";
	for (const offered_command &command : vmalock.subcommands)
		result += fmt::format("\t\t'{}:{}'\n", command.name, in_quotes(command.description));
	result += "\t)\n\t_arguments -C" + arguments_for(vmalock) + " \\\n"
		  "\t\t\t'(-): :{_describe subcommand subcommands}' \\\n"
		  "\t\t\t'*::argument:->arguments' && ret=0\n"
		  "\t[[ $state = arguments ]] || return ret\n"
		  "\tcase $words[1] in\n";
	for (const offered_command &command : vmalock.subcommands)
		result += fmt::format("\t{})\n\t\t_arguments -S{} && ret=0\n\t\t;;\n", command.name,
				      arguments_for(command));
	return result + "\tesac\n\treturn ret\n}\n" + tail;
}

} // namespace vmalock
