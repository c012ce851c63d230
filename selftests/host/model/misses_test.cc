// SPDX-License-Identifier: GPL-2.0-only
/*
 * Misses, which not every kernel shows: from snapshots to what is printed.
 */
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "made.hh"
#include "model/filter.hh"
#include "model/merge.hh"
#include "output/output.hh"
#include "recording/capture.hh"

namespace vmalock::test {
namespace {

using nlohmann::json;

constexpr process_id first = {100, 1000}, second = {200, 2000};

snapshot with_misses(std::uint64_t of_first, std::uint64_t of_second)
{
	snapshot result = at(1);

	result.names = {{first, "first"}, {second, "second"}};
	result.faults = {faults(first, 7)};
	result.misses = {{{{.process = first}, of_first}, {{.process = second}, of_second}}};
	return result;
}

json rows_of(const report &report)
{
	return json::parse(to_json(report, true))["processes"];
}

TEST(misses, GrowByProcess)
{
	const report report = compare(with_misses(1, 2), with_misses(4, 7));

	EXPECT_EQ(report.miss_total, 8u);
	ASSERT_EQ(report.rows.size(), 2u) << "a miss alone makes a row";
	EXPECT_EQ(report.rows[0].miss, 5u);
	EXPECT_EQ(report.rows[1].miss, 3u);
	EXPECT_EQ(rows_of(report)[0]["miss"], 5);
	EXPECT_NE(to_text(report).find("looked up again: 8\n"), std::string::npos);
}

TEST(misses, BeginAtZeroWithTheFirst)
{
	snapshot before = at(0);

	before.misses.emplace();
	EXPECT_EQ(compare(before, with_misses(4, 7)).miss_total, 11u);
}

TEST(misses, AreNotZeroWhereTheyAreNotVisible)
{
	snapshot blind = with_misses(0, 0);

	blind.misses.reset();
	const report unseen = compare(at(0), blind), none = compare(at(0), with_misses(0, 0));

	EXPECT_FALSE(unseen.miss_total);
	EXPECT_TRUE(rows_of(unseen)[0]["miss"].is_null());
	EXPECT_EQ(none.miss_total, 0u);
	EXPECT_EQ(rows_of(none)[0]["miss"], 0);
	for (const report &report : {unseen, none})
		EXPECT_EQ(to_text(report).find("Misses"), std::string::npos) << "none are worth a line";
}

TEST(misses, OfOthersAreFilteredOut)
{
	const snapshot after = with_misses(4, 7);

	EXPECT_EQ(compare(at(0), filter(after, groups_named(after, "first"))).miss_total, 4u);
}

TEST(misses, AreAddedUpIfAllMachinesShowThem)
{
	const report some = compare(at(0), with_misses(4, 7));
	report unseen = some;

	unseen.miss_total.reset();
	EXPECT_EQ(merge({{"a", some}, {"b", some}}).miss_total, 22u);
	EXPECT_FALSE(merge({{"a", some}, {"b", unseen}}).miss_total);
	EXPECT_FALSE(merge({{"a", unseen}, {"b", some}}).miss_total);
}

TEST(misses, AreStored)
{
	std::istringstream stream(to_capture(with_misses(4, 7)) + "\n" + to_capture(at(2)));
	const std::vector<snapshot> read = read_capture(stream);

	ASSERT_TRUE(read.at(0).misses);
	EXPECT_EQ(read[0].misses->at(1).count, 7u);
	EXPECT_EQ(read[0].misses->at(1).id.process, second);
	EXPECT_FALSE(read.at(1).misses);
}

/** Neither the name of the program's hook nor its type is that of --exact. */
TEST(misses, DoNotMakeARunExact)
{
	snapshot after = with_misses(0, 0);

	after.attached = {{"handle_mm_fault", "fexit"}, {"lock_vma_under_rcu+0x26f", "kprobe"}};
	EXPECT_FALSE(compare(at(0), after).exact());
}

} // namespace
} // namespace vmalock::test
