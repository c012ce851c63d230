// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What a shell can offer on our command lines. It is read from the declared options,
 * so nothing has to be kept in step by hand.
 */
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace vmalock {

/** The kind of a value. It follows from the name that help gives it: see offers.cc. */
enum class offer { nothing, words, list, process, thread, process_name, cgroup, file, command };

struct offered_value {
	std::string name;			///< as help calls it
	offer kind = offer::nothing;
	std::vector<std::string> words;		///< one of these, or a list: some, with commas
};

struct offered_option {
	std::vector<std::string> names;		///< with their dashes
	std::string description;		///< on one line
	bool repeats = false;
	std::optional<offered_value> value;	///< a flag has none
};

struct offered_command {
	std::string name, description;
	std::vector<offered_option> options;
	std::optional<offered_value> operand;
	std::vector<offered_command> subcommands;

	bool takes_command() const { return operand && operand->kind == offer::command; }
};

/** The offers of this command and of all its subcommands. */
offered_command offers_of(CLI::App &app);

/** @name The program that completes our command lines, for one shell each */
///@{
std::string bash_completion(const offered_command &vmalock);	///< 4.3 or newer, with bash-completion
std::string zsh_completion(const offered_command &vmalock);	///< 5; sourced or a function in $fpath
std::string fish_completion(const offered_command &vmalock);	///< 3.4 or newer
///@}

} // namespace vmalock
