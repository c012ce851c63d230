// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock merge`: recordings of several machines in one file.
 */
#include <fmt/format.h>

#include "cli/input.hh"
#include "cli/result_file.hh"
#include "collect/confinement.hh"
#include "commands/commands.hh"
#include "output/error.hh"
#include "output/stream.hh"
#include "output/table.hh"
#include "recording/recordings.hh"
#include "recording/writer.hh"

namespace vmalock {

namespace {

class merge : public subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("merge", "Merge recordings of several machines into one file");

		result->footer("Snapshots are ordered by their wall-clock time. See vmalock-merge(1).");
		result->add_option("-o,--output", path, "The file to write")->type_name("FILE")->required();
		result->add_option("FILE", paths, "Recordings")->type_name("")->required();
		return result;
	}

	int run() override
	{
		result_file merged(path, paths, former_file::gets_old_name);
		check_replaceable(path);
		be_a_reader();
		recordings files = open_recordings(paths);
		recording_writer out(fileno(merged.stream()), path);
		const std::uint64_t snapshots = copy(files, out);

		merged.keep();
		say(fmt::format("{} runs in {}: {} snapshots, {} KB", files.runs().size(), path, grouped(snapshots),
				grouped(out.size() / 1000)));
		put_remarks(files.remarks());
		return 0;
	}

private:
	/** @return how many snapshots there were. */
	static std::uint64_t copy(recordings &from, recording_writer &to)
	{
		std::uint64_t result = 0;

		for (const recorded_run &run : from.runs())
			to.add(run);
		for (; auto next = from.next(); result++)
			to.add(*next);
		const std::vector<recorded_run> runs = from.runs();
		for (std::size_t run = 0; run < runs.size(); run++)
			if (runs[run].ended)
				to.end(run);
		return result;
	}

	std::string path;
	std::vector<std::string> paths;
};

} // namespace

std::unique_ptr<subcommand> make_merge()
{
	return std::make_unique<merge>();
}

} // namespace vmalock
