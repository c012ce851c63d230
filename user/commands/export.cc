// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock export`: serve the counters to Prometheus.
 */
#include <chrono>
#include <fmt/format.h>

#include "cli/checks.hh"
#include "cli/stall_looks.hh"
#include "cli/traced_run.hh"
#include "commands/commands.hh"
#include "exporter/metrics.hh"
#include "exporter/server.hh"
#include "output/error.hh"

namespace vmalock {

namespace {

/** Scraped or not, so that exited processes make room: 1,600 a second can come and go. */
constexpr double seconds_between_snapshots = 10;
/** A look at stalls goes by all tasks of the machine. */
constexpr double seconds_between_looks = 5;

double seconds_since(auto clock_then)
{
	return std::chrono::duration<double>(decltype(clock_then)::clock::now() - clock_then).count();
}

class export_command : public tracing_subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("export", "Serve the counters to Prometheus over HTTP");

		result->footer("Serves /metrics and /healthz until Ctrl-C, -d, or the end of COMMAND or of all\n"
			       "-p processes. See vmalock-export(1).");
		result->add_option("--listen", address, "Where to serve (127.0.0.1:19930)")
			->type_name("ADDRESS:PORT")
			->check(option_check(problem_with_address));
		result->add_option("--processes", processes,
				   "Count up to N names of processes, or cgroups, separately\n"
				   "(20), and all others together")
			->type_name("N")
			->check(CLI::Range(0, 1000));
		add_targets(*result, options);
		add_counting(*result, options);
		add_depth(*result, options);
		result->add_flag("--json", json, "Print errors as JSON");
		return result;
	}

	std::optional<std::string> problem() const override
	{
		for (vmalock_by by : {VMALOCK_BY_THREAD, VMALOCK_BY_MAPPING, VMALOCK_BY_CPU})
			if (options.by == by)
				return "export counts by process, comm, cgroup or machine: other groups would make "
				       "too many time series";
		return tracing_subcommand::problem();
	}

	int run() override
	{
		options.forget_exited = true;
		options.interval_seconds = seconds_between_snapshots;
		const double now = std::chrono::duration<double>(
			std::chrono::system_clock::now().time_since_epoch()).count();
		metrics totals(processes, now, options.by);
		scrapes requests;
		stall_looks looks(options, seconds_between_looks);
		if (!looks.problem().empty())
			say(fmt::format("stalls that stand are not seen: {}", looks.problem()));
		traced_run run(options);
		snapshot last = run.take();
		// After tracing began: its threads have the few privileges that are left.
		const server http(address, requests);
		// Before the server goes, which waits for its threads.
		const std::unique_ptr<scrapes, void (*)(scrapes *)> at_end(
			&requests, [](scrapes *closed) { closed->close(); });

		const auto advance = [&] {
			const auto began = std::chrono::steady_clock::now();
			snapshot now = run.take();

			now.standing = looks.look();
			totals.add(shown(options, last, now), seconds_since(began));
			last = std::move(now);
		};

		run.when_readable(requests.file(), [&] {
			requests.answer([&] {
				advance();
				return totals.Collect();
			});
		});
		run.start();
		return run.wait([&] { requests.attempt(advance); });
	}

private:
	std::string address = "127.0.0.1:19930";
	std::size_t processes = 20;
};

} // namespace

std::unique_ptr<subcommand> make_export()
{
	return std::make_unique<export_command>();
}

} // namespace vmalock
