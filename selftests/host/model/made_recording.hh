// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings made by hand.
 */
#pragma once

#include <nlohmann/json.hpp>

#include "recording/content.hh"
#include "recording/frame.hh"

namespace vmalock::test {

constexpr std::uint64_t second = 1'000'000'000;

inline recorded_run made_run(const std::string &host = "here", std::uint64_t start_s = 1'700'000'000)
{
	return {host, "boot of " + host, "6.12", "0.1", start_s * second, 5 * second, {"vmalock", "record"},
		false};
}

inline recorded_snapshot made_snapshot(double seconds, std::size_t run = 0)
{
	recorded_snapshot result;

	result.run = run;
	result.snapshot.seconds = seconds;
	result.snapshot.kernel = "6.12";
	result.snapshot.names = {{{42, 7}, "name"}};
	result.snapshot.faults = {{{.process = {42, 7}}, static_cast<std::uint64_t>(seconds * 10), 1, 2}};
	return result;
}

} // namespace vmalock::test
