// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock report`: show recordings as `vmalock stat` would have shown the runs.
 */
#include <algorithm>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/input.hh"
#include "cli/traced_run.hh"
#include "collect/confinement.hh"
#include "commands/commands.hh"
#include "model/merge.hh"
#include "output/json_values.hh"
#include "output/output.hh"
#include "output/stalls.hh"
#include "output/stream.hh"
#include "output/table.hh"
#include "recording/recordings.hh"
#include "recording/stall_file.hh"

namespace vmalock {

namespace {

/** The part of a run that is kept while it is read. */
struct run_so_far {
	std::optional<snapshot> first, last;
};

/** The host of a run, when it began, and its command line. */
std::string heading(const recorded_run &run)
{
	std::string words;

	for (const std::string &word : run.arguments)
		words += " " + word;
	return fmt::format("\n{}, {:%Y-%m-%d %H:%M:%S} UTC:\n {}\n", printable(run.host, 54),
			   fmt::gmtime(static_cast<std::time_t>(run.start_ns / 1'000'000'000)),
			   printable(words, 78));
}

class report_recordings : public subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("report", "Show what was recorded");

		result->footer("Several runs are shown one after the other, and then together. Needs no\n"
			       "privileges. See vmalock-report(1).");
		result->add_option("FILE", paths, "Recordings (vmalock.rec), or files of 'vmalock watch'")
			->type_name("");
		result->add_flag("-i,--intervals", intervals, "Also show each interval's own counts");
		add_name(*result, options);
		add_rows(*result, options);
		add_json(*result, *this);
		return result;
	}

	int run() override
	{
		be_a_reader();
		if (std::ranges::all_of(paths, begins_stall_file))
			return show_stalls();
		recordings files = open_recordings(paths);

		runs = files.runs();
		auto output = json ? json_output(stdout)
				   : text_output(stdout, options.rows.value_or(default_rows));
		std::vector<run_so_far> found(runs.size());

		while (auto next = files.next())
			take(found[next->run], std::move(*next), *output);
		remarks = files.remarks();
		if (!put_totals(found, *output)) {
			put_remarks(remarks);
			throw std::runtime_error(fmt::format("nothing to compare: {} {} fewer than two snapshots "
							     "of each run", fmt::join(paths, " and "),
							     paths.size() == 1 ? "holds" : "hold"));
		}
		return 0;
	}

private:
	int show_stalls() const
	{
		for (const std::string &path : paths) {
			const stall_report report = read_stall_file(path);

			if (!json && paths.size() > 1)
				put_or_throw(stdout, one_line(path) + ":\n");
			put_or_throw(stdout, json ? to_json(report) + "\n"
						  : to_text(report, options.rows.value_or(default_rows)));
		}
		return 0;
	}

	void take(run_so_far &run, recorded_snapshot next, output &output) const
	{
		if (!run.first) {
			run.first = std::move(next.snapshot);
			return;
		}
		if (intervals)
			put(next.run, shown(options, run.last ? *run.last : *run.first, next.snapshot),
			    next.snapshot.seconds, false, output);
		run.last = std::move(next.snapshot);
	}

	/** One run's, of an interval or as a whole. */
	void put(std::size_t run, const report &report, double seconds, bool is_total, output &output) const
	{
		if (json) {
			put_object(to_object(report, is_total), runs[run].host, runs[run].time(seconds));
			return;
		}
		if (is_total || runs.size() > 1)
			put_or_throw(stdout, heading(runs[run]));
		is_total ? output.total(report) : output.interval(report);
	}

	void put_object(nlohmann::ordered_json report, const nlohmann::ordered_json &host,
			const nlohmann::ordered_json &time) const
	{
		report["host"] = host;
		report["time"] = time;
		report["remarks"] = remarks;
		put_or_throw(stdout, to_line(report) + "\n");
	}

	/** @return whether there was any. */
	bool put_totals(const std::vector<run_so_far> &found, output &output) const
	{
		std::vector<host_report> reports;

		for (std::size_t run = 0; run < found.size(); run++) {
			if (!found[run].last)
				continue;
			reports.push_back({runs[run].host, shown(options, *found[run].first, *found[run].last)});
			put(run, reports.back().report, found[run].last->seconds, true, output);
		}
		const bool any = !reports.empty();
		if (reports.size() > 1)
			put_sum(std::move(reports), output);
		for (const std::string &remark : remarks)
			if (any && !json)
				put_or_throw(stdout, one_line(remark) + "\n");
		return any;
	}

	void put_sum(std::vector<host_report> reports, output &output) const
	{
		const std::size_t count = reports.size();
		const report all = merge(std::move(reports));

		if (json) {
			put_object(to_object(all, true), nullptr, nullptr);
			return;
		}
		put_or_throw(stdout, fmt::format("\nAll {} runs together:\n", count));
		output.total(all);
	}

	run_options options;			///< only the name and the rows
	std::vector<std::string> paths{"vmalock.rec"};
	bool intervals = false;
	std::vector<recorded_run> runs;
	std::vector<std::string> remarks;	///< known when all was read
};

} // namespace

std::unique_ptr<subcommand> make_report()
{
	return std::make_unique<report_recordings>();
}

} // namespace vmalock
