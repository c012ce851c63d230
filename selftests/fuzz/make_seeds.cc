// SPDX-License-Identifier: GPL-2.0-only
/*
 * make_seeds FOLDER ROWS CAPTURE... - recordings to begin with, out of what kernels
 * once counted: each capture as a run of its own, and all of them in one file.
 * Of long captures a part, lists cut to ROWS, since a fuzzer that has much to read
 * tries little. With TEXT in the environment, that is what each run says of itself.
 */
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "recording/capture.hh"
#include "recording/content.hh"
#include "recording/frame.hh"

using namespace vmalock;

namespace {

constexpr std::size_t most_snapshots = 4;

void shorten(nlohmann::json &value, std::size_t most_rows)
{
	if (value.is_array() && value.size() > most_rows && value[0].is_object())
		value.erase(value.begin() + static_cast<std::ptrdiff_t>(most_rows), value.end());
	if (value.is_structured())
		for (nlohmann::json &inside : value)
			shorten(inside, most_rows);
}

std::vector<snapshot> begin_of(const char *capture, std::size_t rows)
{
	std::ifstream stream(capture);
	std::stringstream lines;
	std::string line;

	for (std::size_t i = 0; i < most_snapshots && std::getline(stream, line); i++) {
		nlohmann::json snapshot = nlohmann::json::parse(line);

		shorten(snapshot, rows);
		lines << snapshot.dump() << '\n';
	}
	return read_capture(lines);
}

std::string text_or(const char *usual)
{
	const char *text = std::getenv("TEXT");

	return text ? text : usual;
}

} // namespace

int main(int argc, char **argv)
{
	const std::filesystem::path folder = argv[1];
	std::string runs, snapshots;

	for (int i = 3; i < argc; i++) {
		const std::size_t number = static_cast<std::size_t>(i - 3);
		const std::uint64_t start_ns = number * 1000'000'000'000;	// the one before has ended
		const recorded_run run{text_or("host"), text_or("boot"), text_or("6.12"), text_or("0.1"),
				       1'700'000'000'000'000'000 + start_ns, start_ns,
				       {text_or("vmalock"), text_or("record")}, false};
		std::string one = file_header() + encoded(frame_type::run, run);

		runs += encoded(frame_type::run, run);
		for (snapshot &snapshot : begin_of(argv[i], std::stoul(argv[2]))) {
			one += encoded(frame_type::snapshot, recorded_snapshot{0, snapshot});
			snapshots += encoded(frame_type::snapshot, recorded_snapshot{number, std::move(snapshot)});
		}
		one += encoded(frame_type::end, end_of(0));
		snapshots += encoded(frame_type::end, end_of(number));
		std::ofstream(folder / std::to_string(number), std::ios::binary) << one;
	}
	if (argc > 4)
		std::ofstream(folder / "all", std::ios::binary) << file_header() + runs + snapshots;
}
