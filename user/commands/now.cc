// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock now`: who waits for whom at this moment.
 */
#include <fmt/format.h>

#include "cli/result_file.hh"
#include "collect/blocked_tasks.hh"
#include "collect/kallsyms.hh"
#include "commands/commands.hh"
#include "output/flamegraph.hh"
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
		result->add_flag("--folded", folded, "Print one line per stack, as flamegraph.pl reads them");
		result->add_option("--svg", svg_path, "Also write a flame graph to FILE, for a browser")
			->type_name("FILE");
		result->add_flag("--json", json, "Print one JSON object; errors are JSON too");
		return result;
	}

	std::optional<std::string> problem() const override
	{
		if (json && folded)
			return "--json and --folded exclude each other: give one of them";
		return std::nullopt;
	}

	int run() override
	{
		std::optional<result_file> svg;

		if (!svg_path.empty())
			svg.emplace(svg_path);
		filter.over_ns = static_cast<std::uint64_t>(over_ms * 1e6);
		kallsyms symbols;
		const blocked_look look = blocked_tasks(symbols).look();
		const stall_report report = stalls_in(look, filter);

		put_or_throw(stdout, json     ? to_json(report) + "\n"
				     : folded ? to_text(fold(report, look))
					      : to_text(report, rows));
		if (svg) {
			svg->put(to_svg(fold(report, look),
					fmt::format("Who waits behind whom, Linux {}", report.kernel), "ms"));
			svg->keep();
		}
		return report.stalls.empty() ? 0 : somebody_is_stalled;
	}

private:
	stall_filter filter;
	double over_ms = stands_ns / 1e6;
	std::size_t rows = default_rows;
	bool folded = false;
	std::string svg_path;
};

} // namespace

std::unique_ptr<subcommand> make_now()
{
	return std::make_unique<now>();
}

} // namespace vmalock
