// SPDX-License-Identifier: GPL-2.0-only
#include "recording/reader.hh"

#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "output/stream.hh"
#include "output/table.hh"
#include "recording/capture.hh"
#include "recording/captured.hh"
#include "recording/content.hh"

namespace vmalock {

namespace {

/** Runs that a remark each is made on. */
constexpr std::size_t most_told = 8;

} // namespace

recording_reader::recording_reader(std::unique_ptr<std::istream> stream, std::string name)
	: stream(std::move(stream)), called(std::move(name)), at(file_header().size())
{
	try {
		read_file_header(*this->stream);
	} catch (const std::runtime_error &error) {
		throw std::runtime_error(called + ": " + error.what());
	}
	read_ahead();
}

std::optional<recorded_snapshot> recording_reader::next()
{
	std::optional<recorded_snapshot> result = std::move(ahead);

	ahead.reset();
	if (result) {
		snapshots++;
		read_ahead();
	}
	return result;
}

/** Up to the next snapshot, or as far as there is sense in it. */
void recording_reader::read_ahead()
{
	std::uint64_t frame_at = at;

	try {
		for (; !ahead; frame_at = at) {
			auto frame = read_frame(*stream, at);

			if (!frame)
				return;
			take(*frame);
		}
	} catch (const std::exception &error) {
		damage = fmt::format("{} is damaged or cut in the frame at byte {}, {}: {} {} before it "
				     "can be used", called, frame_at, error.what(), snapshots,
				     snapshots == 1 ? "snapshot" : "snapshots");
	}
}

void recording_reader::take(const frame &frame)
{
	switch (frame.type) {
	case frame_type::run:
		if (snapshots)
			throw damaged_frame("a run begins behind snapshots");
		found.push_back(decoded(frame).get<recorded_run>());
		break;
	case frame_type::snapshot: {
		auto snapshot = decoded(frame).get<recorded_snapshot>();

		run(snapshot.run);
		unknown_values.insert(snapshot.snapshot.unknown.begin(), snapshot.snapshot.unknown.end());
		while (unknown_values.size() > most_noted)
			unknown_values.erase(std::prev(unknown_values.end()));
		ahead = std::move(snapshot);
		break;
	}
	case frame_type::end:
		run(run_of(decoded(frame))).ended = true;
		break;
	default:
		unknown++;
	}
}

recorded_run &recording_reader::run(std::size_t number)
{
	if (number >= found.size())
		throw damaged_frame("it is of no run");
	return found[number];
}

std::vector<std::string> recording_reader::remarks() const
{
	std::vector<std::string> result;

	std::size_t not_over = 0;

	if (!damage.empty())
		result.push_back(damage);
	else
		for (const recorded_run &run : found)
			if (!run.ended && ++not_over <= most_told)
				result.push_back(fmt::format("{}: the run on {} was killed, or is not over: its "
							     "last counts are missing", called,
							     printable(run.host, 64)));
	if (not_over > most_told)
		result.push_back(fmt::format("{}: so are {} more runs", called, not_over - most_told));
	if (unknown)
		result.push_back(fmt::format("{}: {} {} of a kind that this version does not know {} left out",
					     called, unknown, unknown == 1 ? "frame" : "frames",
					     unknown == 1 ? "is" : "are"));
	if (!unknown_values.empty())
		result.push_back(remark_on_unknown(called, unknown_values));
	return result;
}

std::unique_ptr<recording_reader> open_recording(const std::string &path)
{
	auto stream = std::make_unique<std::ifstream>(path, std::ios::binary);

	if (!*stream)
		throw cannot("read " + path);
	return std::make_unique<recording_reader>(std::move(stream), path);
}

} // namespace vmalock
