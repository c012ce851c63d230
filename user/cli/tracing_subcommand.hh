// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A subcommand that traces, itself or a COMMAND that it runs.
 */
#pragma once

#include "cli/run_options.hh"
#include "cli/subcommand.hh"

namespace vmalock {

class tracing_subcommand : public subcommand {
public:
	bool runs_command() const override { return true; }
	void run_this(const std::vector<std::string> &words) override
	{
		options.command.insert(options.command.end(), words.begin(), words.end());
	}
	void check() const override { vmalock::check(options); }

protected:
	run_options options;
};

} // namespace vmalock
