// SPDX-License-Identifier: GPL-2.0-only
#include "recording/recordings.hh"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>

#include "output/table.hh"

namespace vmalock {

namespace {

/** A run that is in both. */
const recorded_run *in_both(const recording_reader &a, const recording_reader &b)
{
	for (const recorded_run &run : a.runs())
		if (std::ranges::any_of(b.runs(), [&](const recorded_run &other) { return other.is(run); }))
			return &run;
	return nullptr;
}

} // namespace

recordings::recordings(std::vector<std::unique_ptr<recording_reader>> files)
{
	std::size_t first_run = 0;

	for (auto &file : files) {
		for (const source &other : sources)
			if (auto run = in_both(*other.file, *file))
				throw std::runtime_error(fmt::format(
					"{} and {} hold the same run, on {}: give one of them",
					other.file->name(), file->name(), printable(run->host, 64)));
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
