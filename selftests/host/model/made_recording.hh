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

/** One with all that can be known, and one of which nobody is. */
inline stall_report made_standing()
{
	address_space_stall known, unknown;
	lock_holder writer;
	waiting_threads behind;

	writer.pid = 42;
	writer.tid = 43;
	writer.name = "server";
	writer.doing = "munmap";
	writer.grade = grade::certain;
	writer.state = VMALOCK_BLOCKED;
	writer.waits_for = VMALOCK_WAITS_FOR_READERS;
	writer.off_cpu_ns = 31 * second;
	writer.stack = {"__vma_start_write", "vms_gather_munmap_vmas"};
	known.writer = known.readers.emplace_back(writer);
	known.readers.front().waits_for = VMALOCK_WAITS_FOR_NOTHING;
	known.readers.front().why = "frozen file system";
	known.readers.front().what_to_do = "Thaw it.";
	known.readers.front().lock_owners = {writer};
	known.vma = awaited_vma{0, 0x1000, 0x3000, 0, "file"};
	behind = {42, "server", "mmap", VMALOCK_WAITS_TO_WRITE, true, {44, 45}, 30 * second, {"mmap"}};
	known.behind = {behind};
	known.more_behind = known.leaked = true;
	known.cycle = {"server/42", "peer/7"};
	known.readers_counted = 3;
	known.readers_unknown = 2;
	known.suspects = unknown.suspects = 5;
	known.threads = 3;
	known.ns = writer.off_cpu_ns;
	known.pid = 42;
	known.name = unknown.name = "server";
	unknown.unseen_writer = true;
	unknown.threads = unknown.ns = 1;
	return {"6.12", 0.25, {known, unknown}, 4, {"tasks outside of this PID namespace"}};
}

} // namespace vmalock::test
