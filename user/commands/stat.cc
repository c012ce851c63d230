// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock stat`: count faults on and off the VMA lock.
 */
#include "cli/results_file.hh"
#include "cli/traced_run.hh"
#include "commands/commands.hh"
#include "recording/capture.hh"
#include "output/output.hh"

namespace vmalock {

namespace {

class stat : public tracing_subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand(
			"stat", "Count faults on and off the VMA lock, and why");

		result->footer("Counts every process until Ctrl-C or -d, the processes of -p until they end, or\n"
			       "COMMAND and its children until it ends. Exits with COMMAND's status.\n"
			       "See vmalock-stat(1).");
		add_targets(*result, options);
		add_interval(*result, options, "Also print each interval's own counts");
		add_counting(*result, options);
		add_depth(*result, options);
		add_symbols(*result, options);
		add_rows(*result, options);
		add_json(*result, *this);
		destination.declare(*result);
		result->add_option("--capture", capture_path, "Also write the raw counts to FILE")
			->type_name("FILE");
		return result;
	}

	std::optional<std::string> problem() const override
	{
		if (destination.is(capture_path))
			return "-o and --capture name the same file: give each its own";
		return tracing_subcommand::problem();
	}

	std::FILE *results() const override { return destination.error_stream(); }

	int run() override
	{
		destination.open();
		if (!capture_path.empty())
			capture.emplace(capture_path);
		auto output = json ? json_output(destination.stream())
				   : text_output(destination.stream(), options.rows.value_or(default_rows));
		report total;
		const int status = trace(*output, total);

		output->total(total);
		destination.keep();
		if (capture)
			capture->keep();
		return status;
	}

private:
	/**
	 * A run from its beginning to its end. The tracer and the snapshots are freed
	 * before @p total, which can be large, is printed.
	 * @return the exit status
	 */
	int trace(output &shows, report &total)
	{
		traced_run run(options);
		const snapshot first = run.take();
		snapshot last = first;

		add_to_capture(first);
		run.start();
		// What grows is to be read while it does, and stays if this is killed.
		if (options.interval_seconds > 0)
			destination.keep();
		if (capture)
			capture->keep();
		const int status = run.wait([&] {
			snapshot now = run.take();

			add_to_capture(now);
			shows.interval(shown(options, last, now));
			last = std::move(now);
		});
		last = run.take();
		add_to_capture(last);
		total = shown(options, first, last);
		return status;
	}

	void add_to_capture(const snapshot &now)
	{
		if (capture)
			capture->put(to_capture(now) + "\n");
	}

	results_file destination;
	std::string capture_path;	///< empty: no capture
	std::optional<result_file> capture;
};

} // namespace

std::unique_ptr<subcommand> make_stat()
{
	return std::make_unique<stat>();
}

} // namespace vmalock
