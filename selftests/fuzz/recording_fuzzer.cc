// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever a file holds, it is refused in a sentence or shown; and what is shown
 * is text that a terminal can bear.
 */
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>
#include <sstream>

#include "model/sum.hh"
#include "output/output.hh"
#include "recording/frame.hh"
#include "recording/recordings.hh"
#include "recording/trace_events.hh"

using namespace vmalock;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t *data, std::size_t size, std::size_t most);

namespace {

void show(const snapshot &before, const snapshot &after)
{
	const report report = compare(before, after);
	const std::string text = to_text(report);

	if (std::ranges::any_of(text, [](char c) { return c != '\n' && (c < ' ' || c > '~'); }))
		std::abort();
	to_json(report, true);
	to_text(sum({{"a", report}, {"b", report}}));
}

struct raw_frame {
	std::uint32_t type;
	std::string content;
};

/** As far as it is whole. */
std::vector<raw_frame> frames_of(const std::string &file)
{
	std::vector<raw_frame> result;
	std::istringstream stream(file.substr(std::min(file.size(), file_header().size())));

	try {
		for (std::uint64_t at = 0; auto frame = read_frame(stream, at);)
			result.push_back({static_cast<std::uint32_t>(frame->type), frame->content});
	} catch (const damaged_frame &) {
	}
	return result;
}

} // namespace

/** A checksum that fits, or nothing but checksums would be tested. */
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t *data, std::size_t size, std::size_t most,
					       unsigned seed)
{
	std::minstd_rand random(seed);
	std::vector<raw_frame> frames = frames_of({reinterpret_cast<char *>(data), size});

	if (frames.empty() || random() % 8 == 0)
		return LLVMFuzzerMutate(data, size, most);

	std::string &content = frames[random() % frames.size()].content;
	const std::size_t length = content.size();
	content.resize(length + 64);
	content.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t *>(content.data()), length, length + 64));

	std::string result = file_header();
	for (const raw_frame &frame : frames)
		result += sealed(frame.type, frame.content);
	result.resize(std::min(result.size(), most));
	std::memcpy(data, result.data(), result.size());
	return result.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	std::vector<std::unique_ptr<recording_reader>> files;

	try {
		files.push_back(std::make_unique<recording_reader>(
			std::make_unique<std::istringstream>(
				std::string(reinterpret_cast<const char *>(data), size)), "file"));
	} catch (const std::runtime_error &) {
		return -1;	// no recording: no seed for others
	}
	recordings all(std::move(files));
	trace_events events(all.runs());
	std::optional<recorded_snapshot> last;

	events.head();
	while (auto next = all.next()) {
		events.events_of(*next);
		if (last)
			show(last->snapshot, next->snapshot);
		last = std::move(next);
	}
	all.remarks();
	return 0;
}
