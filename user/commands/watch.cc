// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock watch`: record stalls while they stand.
 */
#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <limits>

#include "cli/run_loop.hh"
#include "cli/shell_command.hh"
#include "collect/blocked_tasks.hh"
#include "collect/kallsyms.hh"
#include "collect/pid_namespace.hh"
#include "collect/standing_waits.hh"
#include "commands/commands.hh"
#include "model/rate_limit.hh"
#include "model/told_stalls.hh"
#include "output/error.hh"
#include "output/stalls.hh"
#include "output/stream.hh"
#include "output/table.hh"
#include "recording/stall_folder.hh"

namespace vmalock {

namespace {

constexpr std::uint64_t second = 1'000'000'000, never = std::numeric_limits<std::uint64_t>::max();

constexpr std::uint64_t files_per_minute = 6;
constexpr std::uint64_t pause_after_failure = 10 * second;

/** A wait is found this often before the limit is over. */
constexpr double polls_per_limit = 4;
constexpr double shortest_poll_seconds = 0.05, longest_poll_seconds = 1;

std::uint64_t now_ns()
{
	return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

std::uint64_t nanoseconds(double ms)
{
	return static_cast<std::uint64_t>(ms * 1e6);
}

/** Not what was asked for, but it goes on. */
void complain(const std::string &sentence)
{
	say(sentence);
}

/** From waits that stand to files. */
class recorder {
public:
	recorder(const stall_filter &filter, const stall_folder &folder, const std::string &command)
		: filter(filter), folder(folder), command(command), has_command(!command.empty()), overdue(filter.over_ns)
	{
	}

	/** See who waits, and look at them if it is time to. */
	void poll()
	{
		const std::uint64_t now = now_ns();

		overdue.see(waits.all(), now);
		if (const std::uint64_t count = waits.without_room(); count != without_room) {
			without_room = count;
			look_ns = std::min(look_ns, now + filter.over_ns);
		}
		may_write = may_write || limit.pass(now / 60);
		if (now < pause_ns || !may_write || (now < look_ns && !overdue.any(now)))
			return;
		try {
			look(now);
			look_ns = never;
			// However many tasks there are, this is never all that the machine does.
			pause_ns = now_ns() + std::max(second, 4 * (now_ns() - now));
		} catch (const std::exception &error) {
			complain(fmt::format("{}; a stall that stands will be tried again", error.what()));
			look_ns = now;
			pause_ns = now_ns() + pause_after_failure;
		}
	}

	/** COMMAND may have ended. */
	void reap()
	{
		if (const std::optional<int> status = command.poll(); status && *status)
			complain(fmt::format("the command of --exec ended with status {}", *status));
	}

private:
	void look(std::uint64_t now)
	{
		const wait_times seen = overdue.all(now);
		blocked_look tasks = blocked.look();

		add_times(tasks, seen);
		const stall_report report = stalls_in(tasks, filter);
		if (told.any_new(report, now)) {
			record(report);
			may_write = false;
		}
		told.tell(report, now);
		for (const auto &[wait, ns] : seen) {
			if (wait.is_own && !is_in(tasks, wait))
				overdue.miss();
			overdue.forget(wait);
			waits.forget(wait);
		}
	}

	void record(const stall_report &report)
	{
		const std::string path = folder.add(to_json(report) + "\n");
		const std::uint64_t missed = overdue.take_missed();

		std::string line = one_line(fmt::format("{}: {}", path, first_sentence(report)));

		if (report.stalls.size() > 1)
			line += fmt::format(" {} more in the file.", report.stalls.size() - 1);
		if (missed)
			line += fmt::format(" Not recorded before: {} waits that ended too early.", missed);
		// The file is there: it must not be written again for this.
		if (!put(stdout, line + "\n"))
			complain("cannot write to standard output: " + line);
		if (has_command)
			tell(path);
		try {
			folder.delete_oldest();
		} catch (const std::exception &error) {
			complain(error.what());
		}
	}

	/** One at a time, and never waited for. */
	void tell(const std::string &path)
	{
		if (command.runs())
			return complain("the command of --exec is still running, and is not run for " + path);
		try {
			command.start("VMALOCK_FILE", path);
		} catch (const std::exception &error) {
			complain(error.what());
		}
	}

	const stall_filter &filter;
	const stall_folder &folder;
	shell_command command;
	bool has_command;
	kallsyms symbols;
	blocked_tasks blocked{symbols};	///< or throws what this machine lacks
	standing_waits waits;
	overdue_waits overdue;
	told_stalls told;
	std::uint64_t without_room = 0;
	rate_limit limit{files_per_minute};	///< by a clock of minutes
	bool may_write = false;
	std::uint64_t look_ns = 0;	///< look then, whoever is seen to wait: at first, since before we came
	std::uint64_t pause_ns = 0;	///< do not look before
};

class watch : public subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("watch", "Record stalls to files while they stand");

		result->footer("Costs next to nothing while nothing stalls. Goes on until Ctrl-C. Show its files\n"
			       "with 'vmalock report FILE'. See vmalock-watch(1).");
		result->add_option("--over", over_ms, "Record waits of more than so many milliseconds\n(500)")
			->type_name("MS")
			->check(CLI::Range(50.0, 3.6e6).description(""));
		result->add_option("-o,--output", path, "Where to write (/var/lib/vmalock)")->type_name("DIR");
		result->add_option("--keep", keep, "Keep the newest N files, delete older ones (100)")
			->type_name("N")
			->check(CLI::Range(1u, 1000000u).description(""));
		result->add_option("--exec", command, "For each file run COMMAND, with its name in\n$VMALOCK_FILE")
			->type_name("COMMAND");
		result->add_option("-p,--pid", filter.pids, "Record only stalls in which process PID has a\n"
							    "part; may be repeated")
			->type_name("PID")
			->check(CLI::Range(1u, 4194304u).description(""));
		return result;
	}

	int run() override
	{
		filter.over_ns = nanoseconds(over_ms);
		run_loop loop;
		const stall_folder folder(path, keep);
		recorder recorder(filter, folder, command);

		if (!in_first_pid_namespace())
			complain("tasks outside of this PID namespace are not seen");
		loop.start_intervals(std::clamp(over_ms / 1e3 / polls_per_limit, shortest_poll_seconds,
						longest_poll_seconds));
		for (;;) {
			switch (loop.next()) {
			case event::stop:
				return 0;
			case event::child:
				recorder.reap();
				break;
			default:
				recorder.poll();
			}
		}
	}

private:
	stall_filter filter;
	double over_ms = 500;
	std::string path = "/var/lib/vmalock";
	std::size_t keep = 100;
	std::string command;
};

} // namespace

std::unique_ptr<subcommand> make_watch()
{
	return std::make_unique<watch>();
}

} // namespace vmalock
