// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock convert`: a recording in a format that other programs read.
 */
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/checks.hh"
#include "cli/input.hh"
#include "cli/results_file.hh"
#include "collect/confinement.hh"
#include "commands/commands.hh"
#include "output/json_values.hh"
#include "output/output.hh"
#include "output/stream.hh"
#include "recording/content.hh"
#include "recording/recordings.hh"
#include "recording/perfetto.hh"

namespace vmalock {

namespace {

class convert : public subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("convert", "Convert a recording to JSON or a Perfetto trace");

		result->footer("json: one object per line, for each run and each interval. perfetto: counters\n"
			       "over time, for ui.perfetto.dev and chrome://tracing. See vmalock-convert(1).");
		result->add_option("--to", format, "The format: json or perfetto")
			->type_name("FORMAT")
			->required()
			->check(choice({"json", "perfetto"}));
		destination.declare(*result, "Write to FILE instead of standard output");
		result->add_option("FILE", paths, "Recordings (vmalock.rec if not given)")->type_name("");
		return result;
	}

	int run() override
	{
		destination.open(paths);
		be_a_reader();
		recordings files = open_recordings(paths);

		format == "json" ? put_json(files) : put_trace(files);
		destination.keep();
		put_remarks(files.remarks());
		return 0;
	}

private:
	void put_json(recordings &files) const
	{
		const std::vector<recorded_run> runs = files.runs();
		std::vector<std::optional<snapshot>> last(runs.size());

		for (const recorded_run &run : runs)
			put_or_throw(destination.stream(), to_line({{"schema", 1}, {"run", nlohmann::json(run)}}) + "\n");
		while (auto next = files.next()) {
			std::optional<snapshot> &before = last[next->run];

			if (before)
				put_interval(runs[next->run], *before, next->snapshot);
			before = std::move(next->snapshot);
		}
	}

	void put_interval(const recorded_run &run, const snapshot &before, const snapshot &after) const
	{
		nlohmann::ordered_json object = to_object(compare(before, after), false);

		object["host"] = run.host;
		object["time"] = run.time(after.seconds);
		put_or_throw(destination.stream(), to_line(object) + "\n");
	}

	void put_trace(recordings &files) const
	{
		perfetto_events events(files.runs());

		put_or_throw(destination.stream(), events.head());
		while (auto next = files.next())
			put_or_throw(destination.stream(), events.events_of(*next));
		put_or_throw(destination.stream(), events.tail());
	}

	std::string format;
	results_file destination;
	std::vector<std::string> paths{"vmalock.rec"};
};

} // namespace

std::unique_ptr<subcommand> make_convert()
{
	return std::make_unique<convert>();
}

} // namespace vmalock
