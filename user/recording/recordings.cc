// SPDX-License-Identifier: GPL-2.0-only
#include "recording/recordings.hh"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "output/table.hh"

namespace vmalock {

namespace {

/** Which file has the run of this boot that began then. No two runs have both in common. */
using known_runs = std::map<std::pair<std::string_view, std::uint64_t>, const recording_reader *>;

void expect_unknown(known_runs &known, const recording_reader &file)
{
	for (const recorded_run &run : file.runs()) {
		const auto [other, is_new] = known.emplace(std::pair(std::string_view(run.boot_id), run.start_boot_ns), &file);

		if (!is_new && other->second != &file)
			throw std::runtime_error(fmt::format("{} and {} hold the same run, on {}: give one of them",
							     other->second->name(), file.name(), printable(run.host, 64)));
	}
}

} // namespace

recordings::recordings(std::vector<std::unique_ptr<recording_reader>> files)
{
	std::size_t first_run = 0;
	known_runs known;

	for (auto &file : files) {
		expect_unknown(known, *file);
		auto ahead = file->next();
		const std::size_t runs = file->runs().size();

		sources.push_back({std::move(file), first_run, std::move(ahead)});
		first_run += runs;
	}
}

double recordings::source::time() const
{
	return file->runs()[ahead->run].time(ahead->snapshot.seconds);
}

std::vector<recorded_run> recordings::runs() const
{
	std::vector<recorded_run> result;

	for (const source &source : sources)
		std::ranges::copy(source.file->runs(), std::back_inserter(result));
	return result;
}

std::optional<recorded_snapshot> recordings::next()
{
	source *first = nullptr;

	for (source &source : sources)
		if (source.ahead && (!first || source.time() < first->time()))
			first = &source;
	if (!first)
		return std::nullopt;

	std::optional<recorded_snapshot> result = std::move(first->ahead);
	first->ahead = first->file->next();
	result->run += first->first_run;
	return result;
}

std::vector<std::string> recordings::remarks() const
{
	std::vector<std::string> result;

	for (const source &source : sources)
		std::ranges::move(source.file->remarks(), std::back_inserter(result));
	return result;
}

recordings open_recordings(const std::vector<std::string> &paths)
{
	std::vector<std::unique_ptr<recording_reader>> files;

	for (const std::string &path : paths)
		files.push_back(open_recording(path));
	return recordings(std::move(files));
}

} // namespace vmalock
