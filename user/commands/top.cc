// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock top`: watch which processes are refused VMA locks, and open each.
 */
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <utility>

#include "cli/checks.hh"
#include "cli/snapshots.hh"
#include "commands/commands.hh"
#include "output/output.hh"
#include "output/stream.hh"
#include "output/top.hh"
#include "terminal/screen.hh"

namespace vmalock {

namespace {

/** Columns of a picture that goes to a pipe. */
constexpr std::size_t batch_columns = 80;

/**
 * A thread that owns the tracer, while another owns the screen. The snapshots that it
 * takes wait here for the other.
 */
class collector {
public:
	explicit collector(snapshots &source) : source(source), thread([this] { collect(); }) {}
	~collector()
	{
		source.stop();
		thread.join();
	}

	std::vector<snapshot> take()
	{
		std::lock_guard guard(mutex);

		return std::exchange(seen, {});
	}

	/** Is the run over? @throw what ended it, unless it was its end */
	bool over()
	{
		std::lock_guard guard(mutex);

		if (error)
			std::rethrow_exception(error);
		return ended;
	}

private:
	void collect()
	{
		sigset_t all;

		// Those of the terminal are the screen's; others come by signalfd.
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, nullptr);
		try {
			source.each([this](snapshot now) {
				std::lock_guard guard(mutex);

				seen.push_back(std::move(now));
			});
		} catch (...) {
			std::lock_guard guard(mutex);

			error = std::current_exception();
		}
		std::lock_guard guard(mutex);
		ended = true;
	}

	snapshots &source;
	std::mutex mutex;		///< of all below
	std::vector<snapshot> seen;
	std::exception_ptr error;
	bool ended = false;
	std::thread thread;		///< last: it uses the others
};

class top_command : public subcommand {
public:
	top_command()
	{
		options.by = VMALOCK_BY_MAPPING;
		options.interval_seconds = 2;
		options.readers = true;
	}

	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = command = app.add_subcommand(
			"top", "Watch which processes are refused VMA locks, and why");

		result->footer("Watches every process, or the processes of -p until they end. Press ? for the\n"
			       "keys. See vmalock-top(1).");
		add_processes(*result, options);
		add_interval(*result, options, "Show what happened in the last SECONDS (2)");
		add_counting(*result, options,
			     "Count separately by mapping (the default), thread, or\n"
			     "process, which costs least; or all processes of one\n"
			     "name (comm) or cgroup together");
		result->add_option("--input", input, "Show a run that stat --capture or record wrote")
			->type_name("FILE");
		result->add_flag("-b,--batch", batch, "Print each interval as text, for a pipe");
		add_rows(*result, options, "--top", "With -b, show the N worst rows (20); 0: all");
		result->add_option("-n,--count", count, "End after N intervals")
			->type_name("N")
			->check(whole_number(1, UINT64_MAX, "--count takes a number of intervals, one or more"));
		add_json(*result, *this);
		return result;
	}

	bool runs_command() const override { return true; }
	void run_this(const std::vector<std::string> &words) override { has_command = !words.empty(); }

	std::optional<std::string> problem() const override
	{
		if (has_command)
			return "top runs no COMMAND, because its output would spoil the screen: start it elsewhere "
			       "and give -p PID, or use 'vmalock stat -i'";
		if (counts_whole_machine(options.by))
			return "top shows processes: with --by it takes mapping, thread, process, comm or cgroup";
		if (auto conflict = conflict_in(options))
			return conflict;
		for (const char *option : {"--pid", "--tid", "--cgroup", "--by", "--exact"})
			if (!input.empty() && command->count(option))
				return std::string("--input and ") + option + " exclude each other: what was recorded "
				       "is shown as it was counted";
		return batch || json ? std::nullopt : problem_with_terminal();
	}

	int run() override
	{
		// 6.12 can distinguish writers only where events can be lost.
		options.writers = !options.exact;
		auto source = input.empty() ? trace_snapshots(options)
					    : recorded_snapshots(input, options.interval_seconds,
								 !batch && !json);

		return batch || json ? print(*source) : draw(*source);
	}

private:
	std::optional<std::string> problem_with_terminal() const
	{
		const char *kind = std::getenv("TERM");

		if (options.rows)
			return "--top goes with -b: on a terminal the table scrolls";
		if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
			return "top needs a terminal for input and output: give -b for plain text";
		if (!kind || !*kind || std::string(kind) == "dumb")
			return "this terminal (TERM) cannot be drawn on: give -b for plain text";
		return std::nullopt;
	}

	int print(snapshots &source)
	{
		top picture(options.interval_seconds);
		auto output = json_output(stdout);
		std::optional<snapshot> before;
		unsigned long printed = 0;

		source.each([&](snapshot now) {
			picture.feed(now);
			if (before && json)
				output->interval(compare(*before, now));
			else if (before)
				put_or_throw(stdout, to_text(picture, batch_columns, options.rows.value_or(default_rows)));
			if (before && ++printed == count)
				source.stop();
			before = std::move(now);
		});
		return 0;
	}

	int draw(snapshots &source)
	{
		top picture(options.interval_seconds);
		double interval = picture.interval();
		unsigned long intervals = 0;
		const char *no_colours = std::getenv("NO_COLOR");
		collector collected(source);

		show(picture, !no_colours || !*no_colours, [&] {
			bool changed = false;

			if (picture.interval() != interval)
				source.set_interval(interval = picture.interval());
			for (snapshot &now : collected.take()) {
				changed |= picture.feed(std::move(now));
				if (intervals++ == count && count)
					return turn::over;
			}
			return collected.over() ? turn::over : changed ? turn::changed : turn::same;
		});
		return 0;
	}

	CLI::App *command = nullptr;
	run_options options;
	std::string input;		///< empty: trace
	bool batch = false, has_command = false;
	std::uint64_t count = 0;	///< zero: until something else ends it
};

} // namespace

std::unique_ptr<subcommand> make_top()
{
	return std::make_unique<top_command>();
}

} // namespace vmalock
