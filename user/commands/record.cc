// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock record`: the counts of a run, in a file.
 */
#include <ctime>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <numeric>
#include <unistd.h>

#include "cli/result_file.hh"
#include "cli/stall_looks.hh"
#include "cli/traced_run.hh"
#include "collect/this_machine.hh"
#include "commands/commands.hh"
#include "output/json_values.hh"
#include "output/error.hh"
#include "output/stream.hh"
#include "output/table.hh"
#include "recording/writer.hh"
#include "uapi/version.h"

namespace vmalock {

namespace {

std::uint64_t aborts_in(const snapshot &snapshot)
{
	return std::accumulate(snapshot.aborts.begin(), snapshot.aborts.end(), std::uint64_t(0),
			       [](std::uint64_t sum, const group_aborts &aborts) {
				       return sum + aborts.count;
			       });
}

/** So much is lost at most if the machine ends. */
constexpr double seconds_between_syncs = 1;

/** The run of this process, whose trace is @p seconds old. */
recorded_run run_that_began(double seconds, const std::string &kernel)
{
	const auto age_ns = static_cast<std::uint64_t>(seconds * 1e9);
	const machine_identity machine = this_machine();

	return {machine.host, machine.boot_id, kernel, VMALOCK_VERSION,
		now_ns(CLOCK_REALTIME) - age_ns, now_ns(CLOCK_BOOTTIME) - age_ns, command_line(), false};
}

class record : public tracing_subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("record", "Record counts to a file for 'vmalock report'");

		result->footer("The file stays readable, whatever ends the run: 'vmalock report' shows it.\n"
			       "Exits with COMMAND's status. See vmalock-record(1).");
		result->add_option("-o,--output", path, "Write to FILE (vmalock.rec)")
			->type_name("FILE");
		add_whom(*result, options);
		options.interval_seconds = 1;
		add_interval(*result, options, "Write the counts every SECONDS (1)");
		add_counting(*result, options);
		add_depth(*result, options);
		add_symbols(*result, options);
		add_json(*result, *this);
		return result;
	}

	int run() override
	{
		result_file kept(path, {}, former_file::gets_old_name);
		check_replaceable(path);
		std::optional<stall_report> standing = first_look(options);
		traced_run run(options);
		recording_writer file(fileno(kept.stream()), path);
		snapshot last = run.take();

		last.standing = std::move(standing);
		file.add(run_that_began(last.seconds, last.kernel));
		add(file, std::move(last));
		run.start();
		// Whatever ends us from now on, this file is the recording.
		kept.keep();
		int status = run.wait([&] {
			add(file, run.take());
			put_progress(file);
		});
		add(file, run.take());
		file.end(0);
		file.sync();
		put_summary(file);
		return status;
	}

private:
	void add(recording_writer &file, snapshot snapshot)
	{
		const bool is_due = snapshot.seconds >= synced + seconds_between_syncs;

		snapshots++;
		seconds = snapshot.seconds;
		aborts = aborts_in(snapshot);
		file.add(recorded_snapshot{0, std::move(snapshot)});
		// Pipes and some devices cannot be asked for this.
		if (is_due) {
			file.sync();
			synced = seconds;
		}
	}

	/** A COMMAND may be using the terminal. */
	bool shows_progress() const { return options.command.empty() && isatty(STDERR_FILENO); }

	void put_progress(const recording_writer &file) const
	{
		if (shows_progress())
			put_control(stderr, fmt::format("\r{:.0f} s, {} KB, {} aborts\033[K", seconds,
							grouped(file.size() / 1000), grouped(aborts)));
	}

	void put_summary(const recording_writer &file) const
	{
		if (json) {
			put_or_throw(stdout, to_line({{"schema", 1}, {"file", path}, {"seconds", seconds},
						      {"snapshots", snapshots}, {"bytes", file.size()},
						      {"aborts", aborts}}) + "\n");
			return;
		}
		if (shows_progress())
			put_control(stderr, "\r\033[K");
		say(fmt::format("{:.1f} s in {}: {} snapshots, {} KB, {} aborts", seconds, path, grouped(snapshots),
				grouped(file.size() / 1000), grouped(aborts)));
	}

	std::string path = "vmalock.rec";
	std::uint64_t snapshots = 0, aborts = 0;	///< written
	double seconds = 0;				///< of the last one
	double synced = 0;				///< of the last one that is on the disk
};

} // namespace

std::unique_ptr<subcommand> make_record()
{
	return std::make_unique<record>();
}

} // namespace vmalock
