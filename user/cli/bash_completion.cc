// SPDX-License-Identifier: GPL-2.0-only
#include "cli/offers.hh"

#include <fmt/format.h>

namespace vmalock {

namespace {

constexpr const char *head = R"script(# bash completion of vmalock, made by `vmalock completions bash`.

_vmalock_words()
{
	COMPREPLY=($(compgen -W "$*" -- "$cur"))
}

# Behind the last comma.
_vmalock_list()
{
	local before=
	[[ $cur != *,* ]] || before=${cur%,*},
	COMPREPLY=($(compgen -P "$before" -W "$*" -- "${cur##*,}"))
}

_vmalock_threads()
{
	_vmalock_words "$(cd /proc && printf '%s\n' [0-9]*/task/* | sed 's|.*/||')"
}

# Whole paths, and paths below the root of all cgroups.
_vmalock_cgroups()
{
	_filedir -d
	compopt -o filenames
	[[ $cur == /* ]] || COMPREPLY+=($(cd /sys/fs/cgroup 2> /dev/null && compgen -d -- "$cur"))
}

# Prints where in COMP_WORDS the COMMAND begins, which may be the word at the
# cursor; fails if it has not begun. --option=value is three words there.
_vmalock_command()
{
	local i
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--)	echo $((i + 1)); return ;;
		-*)	[[ ! -v values["${COMP_WORDS[i]}"] ]] || ((++i))
			[[ ${COMP_WORDS[i]} != = ]] || ((++i)) ;;
		*)	echo "$i"; return ;;
		esac
	done
	[[ $i -eq $COMP_CWORD && $cur != -* ]] && echo "$i"
}

_vmalock()
{
	local cur prev words cword split begin options=() operand=:
	local -A values=()
	_init_completion -s || return

)script";

constexpr const char *tail = R"script(
	if [[ $cword -eq 1 ]]; then
		_vmalock_words "${options[@]}"
	elif [[ $operand == _command_offset ]] && begin=$(_vmalock_command); then
		_command_offset "$begin"
	elif [[ -v values["$prev"] ]]; then
		${values["$prev"]}
	elif [[ $cur == -* ]]; then
		_vmalock_words "${options[@]}"
	else
		$operand
	fi
} && complete -F _vmalock vmalock
)script";

/** The command that offers values of this kind. */
std::string function_for(const offered_value &value)
{
	switch (value.kind) {
	case offer::words:
		return fmt::format("'_vmalock_words {}'", fmt::join(value.words, " "));
	case offer::list:
		return fmt::format("'_vmalock_list {}'", fmt::join(value.words, " "));
	case offer::process:
		return "_pids";
	case offer::thread:
		return "_vmalock_threads";
	case offer::process_name:
		return "_pnames";
	case offer::cgroup:
		return "_vmalock_cgroups";
	case offer::file:
		return "_filedir";
	case offer::command:
		return "_command_offset";
	case offer::nothing:
		break;
	}
	return ":";
}

/** The lines that set the variables of _vmalock() for this command. */
std::string variables(const offered_command &command)
{
	std::string words, values, result;

	for (const offered_command &subcommand : command.subcommands)
		words += subcommand.name + " ";
	for (const offered_option &option : command.options) {
		words += fmt::format("{} ", fmt::join(option.names, " "));
		if (!option.value)
			continue;
		for (const std::string &name : option.names)
			values += fmt::format("\t\t\t[{}]={}\n", name, function_for(*option.value));
	}
	words.pop_back();
	result = fmt::format("\t\toptions=({})\n", words);
	if (!values.empty())
		result += fmt::format("\t\tvalues=(\n{}\t\t)\n", values);
	if (command.operand)
		result += fmt::format("\t\toperand={}\n", function_for(*command.operand));
	return result;
}

} // namespace

std::string bash_completion(const offered_command &vmalock)
{
	std::string result = head;

	result += "\tcase $cword,${words[1]} in\n\t1,*)\n" + variables(vmalock) + "\t\t;;\n";
	for (const offered_command &command : vmalock.subcommands)
		result += fmt::format("\t*,{})\n{}\t\t;;\n", command.name, variables(command));
	return result + "\tesac\n" + tail;
}

} // namespace vmalock
