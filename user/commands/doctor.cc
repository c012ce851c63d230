// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock doctor`: what can be traced on this machine.
 */
#include "collect/machine.hh"
#include "commands/commands.hh"
#include "output/findings.hh"
#include "output/stream.hh"

namespace vmalock {

namespace {

class doctor : public subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("doctor", "Check what can be traced on this machine");

		result->footer("Loads and attaches the BPF programs for a moment. Exits with 0 if tracing\n"
			       "works, with 1 if it does not. See vmalock-doctor(1).");
		result->add_flag("--json", json, "Print JSON; errors are JSON too");
		return result;
	}

	int run() override
	{
		const machine_facts facts = examine_machine();
		const std::vector<finding> findings = diagnose(facts);

		put_or_throw(stdout, json ? to_json(facts.kernel, findings) + "\n"
					  : to_text(facts.kernel, findings));
		return overall(findings) == health::bad;
	}
};

} // namespace

std::unique_ptr<subcommand> make_doctor()
{
	return std::make_unique<doctor>();
}

} // namespace vmalock
