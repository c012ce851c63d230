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
#include "output/stream.hh"

namespace vmalock {

namespace {

/** Raw snapshots to a file, or nowhere. */
class capture_file {
public:
	explicit capture_file(const std::string &path) : path(path)
	{
		if (!path.empty())
			stream = open_for_writing(path);
	}

	void add(const snapshot &now)
	{
		if (stream && !put(stream.get(), to_capture(now) + "\n"))
			throw cannot("write " + path);
	}

private:
	std::string path;
	file stream{nullptr, std::fclose};
};

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

	std::FILE *results() const override { return destination.stream(); }

	int run() override
	{
		destination.open();
		auto output = json ? json_output(results())
				   : text_output(results(), options.rows.value_or(default_rows));
		report total;
		const int status = trace(*output, total);

		output->total(total);
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
		capture_file capture(capture_path);
		traced_run run(options);
		const snapshot first = run.take();
		snapshot last = first;

		capture.add(first);
		const int status = run.wait([&] {
			snapshot now = run.take();

			capture.add(now);
			shows.interval(shown(options, last, now));
			last = std::move(now);
		});
		last = run.take();
		capture.add(last);
		total = shown(options, first, last);
		return status;
	}

	results_file destination;
	std::string capture_path;	///< empty: no capture
};

} // namespace

std::unique_ptr<subcommand> make_stat()
{
	return std::make_unique<stat>();
}

} // namespace vmalock
