// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * One word of the command line, `vmalock WORD`: its options, and what it does; and the
 * kind of it that traces.
 */
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_options.hh"

namespace vmalock {

class subcommand {
public:
	virtual ~subcommand() = default;

	/** Add it and its options to @p app, which keeps them. */
	virtual CLI::App *declare(CLI::App &app) = 0;

	/** Is everything behind "--" a command to run? If so it is passed to run_this(). */
	virtual bool runs_command() const { return false; }
	virtual void run_this(const std::vector<std::string> & /* words */) {}

	/** What is wrong with the options together, in a sentence, if anything is. */
	virtual std::optional<std::string> problem() const { return std::nullopt; }

	/**
	 * Run it.
	 * @return the exit status
	 * @throw std::exception what went wrong, where, and what to do: one sentence
	 */
	virtual int run() = 0;

	/** Where the error goes that run() threw, if it goes to programs. */
	virtual std::FILE *results() const { return stdout; }

	/** Results and errors are for programs; each declares --json if it has one. */
	bool json = false;
};

/** A subcommand that traces, itself or a COMMAND that it runs. */
class tracing_subcommand : public subcommand {
public:
	bool runs_command() const override { return true; }
	void run_this(const std::vector<std::string> &words) override
	{
		options.command.insert(options.command.end(), words.begin(), words.end());
	}
	std::optional<std::string> problem() const override { return conflict_in(options); }

protected:
	run_options options;
};

using subcommands = std::vector<std::unique_ptr<subcommand>>;

/** --json, with the same help in every view. */
inline void add_json(CLI::App &app, subcommand &command)
{
	app.add_flag("--json", command.json, "Print JSON, one object per line; errors are JSON too");
}

} // namespace vmalock
