// SPDX-License-Identifier: GPL-2.0-only
#include "cli/input.hh"

#include <fmt/format.h>
#include <fstream>
#include <set>
#include <stdexcept>

#include "collect/confinement.hh"
#include "recording/capture.hh"
#include "output/error.hh"
#include "output/stream.hh"
#include "recording/reader.hh"

namespace vmalock {

namespace {

std::vector<snapshot> snapshots_of(recording_reader recording)
{
	std::vector<snapshot> result;

	if (recording.runs().size() > 1)
		throw std::runtime_error(fmt::format("{}: it holds {} runs, and one is needed: use 'vmalock "
						     "report'", recording.name(), recording.runs().size()));
	while (auto next = recording.next())
		result.push_back(std::move(next->snapshot));
	put_remarks(recording.remarks());
	return result;
}

std::vector<snapshot> lines_of(std::istream &stream, const std::string &path)
try {
	std::vector<snapshot> result = read_capture(stream);
	std::set<std::string> unknown;

	for (const snapshot &snapshot : result)
		unknown.insert(snapshot.unknown.begin(), snapshot.unknown.end());
	if (!unknown.empty())
		put_remarks({remark_on_unknown(path, unknown)});
	return result;
} catch (const std::runtime_error &error) {
	throw std::runtime_error(path + ": " + error.what());
}

} // namespace

std::vector<snapshot> read_input(const std::string &path)
{
	auto stream = std::make_unique<std::ifstream>(path, std::ios::binary);

	if (!*stream)
		throw cannot("read " + path);
	// Results are open by now.
	be_a_reader();
	std::vector<snapshot> result = begins_recording(*stream)
					       ? snapshots_of({std::move(stream), path})
					       : lines_of(*stream, path);

	if (result.size() < 2)
		throw std::runtime_error(path + ": it holds fewer than two snapshots, so there is nothing to compare");
	return result;
}

void put_remarks(const std::vector<std::string> &remarks)
{
	for (const std::string &remark : remarks)
		say(remark);
}

} // namespace vmalock
