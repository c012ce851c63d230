// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long faults took, between two snapshots and on the screen.
 */
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "made.hh"
#include "model/report.hh"
#include "recording/capture.hh"
#include "output/output.hh"

namespace vmalock::test {

namespace {

using nlohmann::json;

constexpr process_id slow = {100, 1}, fast = {200, 2};

times lasting(std::size_t bucket, std::uint64_t count)
{
	times result = {count << bucket, {}};

	result.buckets[bucket] = count;
	return result;
}

snapshot timed(std::vector<process_time> times)
{
	snapshot result = at(1);

	result.names = {{slow, "slow"}, {fast, "fast"}};
	result.fault_times = std::move(times);
	return result;
}

TEST(fault_times, OnlyWhatHappenedBetweenIsShownLongestFirst)
{
	const snapshot before = timed({{slow, VMALOCK_FAULT_ABORTED, lasting(20, 1)},
				       {fast, VMALOCK_FAULT_VMA_LOCK, lasting(10, 5)}});
	const snapshot after = timed({{fast, VMALOCK_FAULT_VMA_LOCK, lasting(10, 9)},
				      {fast, VMALOCK_FAULT_RETRIED, lasting(11, 1)},
				      {slow, VMALOCK_FAULT_ABORTED, lasting(20, 2)}});
	const process_times report = compare(before, after).fault_times.value();

	ASSERT_EQ(report.processes.size(), 2u);
	EXPECT_EQ(report.processes[0].name, "slow");
	EXPECT_EQ(report.processes[0].spent, (times_by_what{{VMALOCK_FAULT_ABORTED, lasting(20, 1)}}));
	EXPECT_EQ(report.processes[1].spent, (times_by_what{{VMALOCK_FAULT_VMA_LOCK, lasting(10, 4)},
							    {VMALOCK_FAULT_RETRIED, lasting(11, 1)}}));
	EXPECT_EQ(report.all.at(VMALOCK_FAULT_VMA_LOCK), lasting(10, 4));
	EXPECT_TRUE(compare(after, after).fault_times->processes.empty());
}

TEST(fault_times, JsonHasEachPathOrNull)
{
	const snapshot after = timed({{slow, VMALOCK_FAULT_ABORTED, lasting(20, 3)}});
	json object = json::parse(to_json(compare(at(0), after), true))["fault_times"];

	EXPECT_EQ(object["all"]["aborted"]["count"], 3u);
	EXPECT_EQ(object["all"]["vma_lock"]["count"], 0u);
	EXPECT_EQ(object["all"].size(), 4u) << "and nothing of mmap_lock";
	EXPECT_EQ(object["processes"][0]["pid"], 100u);
	EXPECT_EQ(object["processes"][0]["aborted"]["total_ns"], 3u << 20);
	EXPECT_TRUE(json::parse(to_json(compare(at(0), at(1)), true))["fault_times"].is_null());
}

TEST(fault_times, PeopleSeeThePathsInEightyColumns)
{
	std::vector<process_time> all;

	for (std::uint32_t pid = 4194280; pid < 4194304; pid++)
		for (int what = VMALOCK_FIRST_FAULT_TIME; what < VMALOCK_TIME_NR; what++)
			all.push_back({{pid, 1}, static_cast<vmalock_time>(what), lasting(39, 99999999)});
	std::istringstream text(to_text(compare(at(0), timed(all))));
	int rows = 0;

	for (std::string line; std::getline(text, line);) {
		EXPECT_LE(line.size(), 80u) << line;
		rows += line.find("refused, mmap_lock") != line.npos;
	}
	EXPECT_EQ(rows, 20 + 1) << "those shown, and the sum";
}

TEST(fault_times, ACaptureIsReadBackAsItWasWritten)
{
	const snapshot written = timed({{slow, VMALOCK_FAULT_BYPASSED, lasting(20, 3)}});
	std::istringstream stream(to_capture(written));
	const std::vector<snapshot> read = read_capture(stream);

	ASSERT_EQ(read.size(), 1u);
	EXPECT_EQ(to_capture(read[0]), to_capture(written));
	EXPECT_EQ(read[0].fault_times->at(0).spent, lasting(20, 3));

	std::istringstream none(to_capture(at(1)));
	EXPECT_FALSE(read_capture(none)[0].fault_times);
}

} // namespace
} // namespace vmalock::test
