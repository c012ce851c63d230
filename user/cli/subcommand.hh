// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * One word of the command line, `vmalock WORD`: its options, and what it does.
 */
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

namespace vmalock {

class subcommand {
public:
	virtual ~subcommand() = default;

	/** Add it and its options to @p app, which keeps them. */
	virtual CLI::App *declare(CLI::App &app) = 0;

	/** Is everything behind "--" a command to run? If so it is passed to run_this(). */
	virtual bool runs_command() const { return false; }
	virtual void run_this(const std::vector<std::string> & /* words */) {}

	/**
	 * Find problems that the check of a single option cannot see.
	 * @throw usage_error
	 */
	virtual void check() const {}

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

using subcommands = std::vector<std::unique_ptr<subcommand>>;

/** --json, with the same help in every view. */
inline void add_json(CLI::App &app, subcommand &command)
{
	app.add_flag("--json", command.json, "Print JSON, one object per line; errors are JSON too");
}

} // namespace vmalock
