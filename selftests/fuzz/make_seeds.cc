// SPDX-License-Identifier: GPL-2.0-only
/*
 * make_seeds FOLDER CAPTURE... - recordings to begin with, out of what kernels
 * once counted: each capture as a run of its own, and all of them in one file.
 */
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "output/capture.hh"
#include "recording/content.hh"
#include "recording/frame.hh"

using namespace vmalock;

int main(int argc, char **argv)
{
	const std::filesystem::path folder = argv[1];
	std::string runs, snapshots;

	for (int i = 2; i < argc; i++) {
		const std::size_t number = static_cast<std::size_t>(i - 2);
		const std::uint64_t start_ns = number * 1000'000'000'000;	// the one before has ended
		const recorded_run run{"host", "boot", "6.12", "0.1", 1'700'000'000'000'000'000 + start_ns,
				       start_ns, {"vmalock", "record"}, false};
		std::ifstream capture(argv[i]);
		std::string one = file_header() + encoded(frame_type::run, run);

		runs += encoded(frame_type::run, run);
		for (snapshot &snapshot : read_capture(capture)) {
			one += encoded(frame_type::snapshot, recorded_snapshot{0, snapshot});
			snapshots += encoded(frame_type::snapshot, recorded_snapshot{number, std::move(snapshot)});
		}
		one += encoded(frame_type::end, end_of(0));
		snapshots += encoded(frame_type::end, end_of(number));
		std::ofstream(folder / std::to_string(number), std::ios::binary) << one;
	}
	std::ofstream(folder / "all", std::ios::binary) << file_header() + runs + snapshots;
}
