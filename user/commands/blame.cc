// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock blame`: writers that block faults, and readers that block writers.
 */
#include <cstdint>
#include <fmt/format.h>

#include "cli/checks.hh"
#include "cli/input.hh"
#include "cli/results_file.hh"
#include "cli/stall_looks.hh"
#include "cli/traced_run.hh"
#include "commands/commands.hh"
#include "output/blame.hh"
#include "output/flamegraph.hh"
#include "output/stream.hh"
#include "output/table.hh"

namespace vmalock {

namespace {

/** Short, because the stacks of a process can be named only while it lives. */
constexpr double seconds_between_namings = 0.25;

class blame_command : public tracing_subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand(
			"blame", "Show which writers block faults, and readers writers");

		result->footer("Traces as 'vmalock stat --writers --readers' does, until Ctrl-C, -d, or the end\n"
			       "of COMMAND or of all -p processes; or reads a capture or recording of such a\n"
			       "run. Exits with COMMAND's status. See vmalock-blame(1).");
		add_targets(*result, options);
		result->add_option("--input", input_path, "Read this capture or recording instead of tracing")
			->type_name("FILE");
		add_rows(*result, options, "-n,--top",
			 "Show the N worst of each kind, and as many stacks\n"
			 "(20, and 5 stacks); 0: all");
		result->add_flag("--folded", folded, "Print one line per stack, as flamegraph.pl reads them");
		result->add_option("--svg", svg_path, "Also write a flame graph to FILE, for a browser")
			->type_name("FILE");
		choose<blame_weight>(*result->add_option("--weight", weight,
							 "Weigh the stacks of --folded and --svg by aborts and\n"
							 "waits (aborts, the default) or by the time lost")
					      ->type_name("WHAT"),
				     {{"aborts", blame_weight::count}, {"time", blame_weight::time}});
		result->add_flag("--no-symbols", no_symbols,
				 "Do not look up the names of user functions, which\n"
				 "reads /proc/PID/maps");
		result->add_flag("--json", json, "Print one JSON object; errors are JSON too");
		destination.declare(*result);
		return result;
	}


	std::optional<std::string> problem() const override
	{
		if (json && folded)
			return "--json and --folded exclude each other: give one of them";
		if (destination.is(svg_path))
			return "-o and --svg name the same file: give each its own";
		const bool traces = options.all || options.duration_seconds > 0 || !options.pids.empty() ||
				    !options.tids.empty() || !options.cgroup.empty() ||
				    !options.command.empty() || no_symbols;
		if (!input_path.empty() && traces)
			return "--input shows a run of the past: drop the options that say what to trace "
			       "(-c may stay)";
		return tracing_subcommand::problem();
	}

	std::FILE *results() const override { return destination.error_stream(); }

	int run() override
	{
		std::vector<std::string> inputs;

		if (!input_path.empty())
			inputs = {input_path};
		if (!svg_path.empty())
			svg.emplace(svg_path, inputs);
		destination.open(inputs);
		if (input_path.empty())
			return trace();
		const std::vector<snapshot> past = read_input(input_path);

		show(shown(options, past.front(), past.back()));
		return 0;
	}

private:
	int trace()
	{
		options.writers = options.readers = true;
		options.symbols = !no_symbols;
		if (options.symbols)
			options.interval_seconds = seconds_between_namings;
		std::optional<stall_report> standing = first_look(options);
		traced_run run(options);
		snapshot first = run.take();
		first.standing = std::move(standing);
		run.start();
		const int status = run.wait([&] { run.name_stacks(); });

		show(shown(options, first, run.take()));
		return status;
	}

	void show(const report &whole)
	{
		const blame_report blame = blame_of(whole);

		if (!blame.writers && !blame.readers)
			throw std::runtime_error(input_path + " was captured without --writers or --readers, so "
						 "blame has nothing to show");
		if (json)
			put_or_throw(destination.stream(), to_json(blame) + "\n");
		else if (folded)
			put_or_throw(destination.stream(), to_text(fold(blame, weight)));
		else
			put_or_throw(destination.stream(), fmt::format("\n== blame for {:.1f} s, Linux {}\n\n{}", blame.seconds,
							    printable(blame.kernel, 40), to_text(blame, rows())));
		destination.keep();
		if (svg) {
			svg->put(to_svg(fold(blame, weight),
					fmt::format("Who stalls whom, {:.1f} s, Linux {}", blame.seconds, blame.kernel),
					weight == blame_weight::time ? "us" : "aborts and waits"));
			svg->keep();
		}
	}

	blame_rows rows() const
	{
		return options.rows ? blame_rows{*options.rows, *options.rows} : blame_rows{};
	}

	std::string input_path;		///< empty: trace
	std::string svg_path;
	std::optional<result_file> svg;
	results_file destination;
	bool folded = false, no_symbols = false;
	blame_weight weight = blame_weight::count;
};

} // namespace

std::unique_ptr<subcommand> make_blame()
{
	return std::make_unique<blame_command>();
}

} // namespace vmalock
