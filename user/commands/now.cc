// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock now`: who waits for whom at this moment.
 */
#include "collect/blocked_tasks.hh"
#include "collect/kallsyms.hh"
#include "commands/commands.hh"
#include "output/stalls.hh"
#include "output/stream.hh"
#include "output/table.hh"

namespace vmalock {

namespace {

constexpr int somebody_is_stalled = 3;

class now : public subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("now", "Show who waits for whom at this moment, and why");

		result->footer("Looks once at all tasks, also at stalls that began long ago. Takes no lock and\n"
			       "traces nothing. Exits with 0 if nobody is stalled, with 3 if somebody is. See\n"
			       "vmalock-now(1).");
		result->add_option("-p,--pid", filter.pids, "Show only stalls in which process PID has a part; may\n"
							    "be repeated")
			->type_name("PID")
			->check(CLI::Range(1u, 4194304u).description(""));
		result->add_option("--over", over_ms, "Show only stalls of at least so many milliseconds (100)")
			->type_name("MS")
			->check(CLI::NonNegativeNumber.description(""));
		result->add_option("-n,--top", rows, "Show the N worst stalls, and as many lines of each\n"
						     "(20); 0: all")
			->type_name("N");
		result->add_flag("--json", json, "Print one JSON object; errors are JSON too");
		return result;
	}

	int run() override
	{
		filter.over_ns = static_cast<std::uint64_t>(over_ms * 1e6);
		kallsyms symbols;
		const stall_report report = stalls_in(blocked_tasks(symbols).look(), filter);

		put_or_throw(stdout, json ? to_json(report) + "\n" : to_text(report, rows));
		return report.stalls.empty() ? 0 : somebody_is_stalled;
	}

private:
	stall_filter filter;
	double over_ms = stands_ns / 1e6;
	std::size_t rows = default_rows;
};

} // namespace

std::unique_ptr<subcommand> make_now()
{
	return std::make_unique<now>();
}

} // namespace vmalock
