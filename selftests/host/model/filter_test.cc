// SPDX-License-Identifier: GPL-2.0-only
/*
 * What -c leaves out.
 */
#include <gtest/gtest.h>

#include "made.hh"
#include "model/filter.hh"
#include "model/report.hh"

namespace vmalock::test {

namespace {

constexpr process_id java = {100, 1}, other = {200, 2};

snapshot both()
{
	snapshot result = at(1);

	result.names = {{java, "java"}, {other, "other"}};
	result.faults = {faults(java, 5), faults(other, 7)};
	result.aborts = {aborts(java, fault_handler, VMALOCK_ABORT_UNMAPPED, 2),
			 aborts(other, fault_handler, VMALOCK_ABORT_UNMAPPED, 3)};
	result.fallbacks = {fallbacks(java, VMALOCK_RETRY_IO, 1), fallbacks(other, VMALOCK_RETRY_IO, 4)};
	result.mappings = {{{.process = other}, 1, 2, "file"}};
	writer_key by_other, by_java;
	victim_key of_java, of_other;
	by_other.process = of_other.process = other;
	by_other.state = by_java.state = VMALOCK_WRITER_SEEN;
	by_java.process = of_java.process = java;
	result.writers.emplace().blames = {{by_other, of_java, 2}, {by_java, of_other, 3}};
	result.writers->mmap_times = {{java, VMALOCK_MMAP_READ_FAULT, {1, {1}}},
				      {other, VMALOCK_MMAP_READ_FAULT, {1, {1}}}};
	result.waits.emplace(2);
	result.waits->at(0).id = java;
	result.waits->at(1).id = other;
	result.fault_times = {{{java, VMALOCK_FAULT_ABORTED, {1, {1}}},
			       {other, VMALOCK_FAULT_ABORTED, {1, {1}}}}};
	result.losses.maps[VMALOCK_LOSS_COUNTS_FULL] = 1;
	return result;
}

TEST(filter, EveryPartIsOfTheseProcesses)
{
	const snapshot left = filter(both(), groups_named(both(), "java"));
	const report report = compare(at(0), left);

	ASSERT_EQ(report.rows.size(), 1u);
	EXPECT_EQ(report.rows[0].name, "java");
	EXPECT_EQ(report.abort_total, 2u);
	ASSERT_EQ(report.retries.size(), 1u);
	EXPECT_EQ(report.retries[0].count, 1u);
	EXPECT_TRUE(left.mappings.empty());
	ASSERT_EQ(report.writers->writers.size(), 1u);
	EXPECT_EQ(report.writers->writers[0].id, other) << "who was in the way of java";
	EXPECT_EQ(report.writers->mmap_lock.processes.size(), 1u);
	ASSERT_EQ(left.waits->size(), 1u);
	EXPECT_EQ(left.waits->at(0).id, java);
	ASSERT_EQ(report.fault_times->processes.size(), 1u);
	EXPECT_EQ(report.fault_times->processes[0].id, java);
	EXPECT_EQ(report.losses.maps[VMALOCK_LOSS_COUNTS_FULL], 1u) << "nobody knows of whom";
}

/** What was counted by name is counted by name; writers' victims are processes. */
TEST(filter, OfCountsByNameThatNameIsLeft)
{
	const group_id javas = {.comm = comm_name("java")}, others = {.comm = comm_name("other")};
	snapshot named = both();

	named.by = VMALOCK_BY_COMM;
	named.mappings.clear();
	named.faults = {{javas, 5, 0, 0}, {others, 7, 0, 0}};
	named.aborts = {{others, fault_handler, "", VMALOCK_ABORT_UNMAPPED, 3}};
	const report report = compare(at(0), filter(named, groups_named(named, "java")));

	ASSERT_EQ(report.rows.size(), 1u);
	EXPECT_EQ(report.rows[0].name, "java");
	EXPECT_EQ(report.abort_total, 0u);
	ASSERT_EQ(report.writers->writers.size(), 1u);
	EXPECT_EQ(report.writers->writers[0].id, other) << "who was in the way of java";
}

TEST(filter, NamesAreCutAsTheKernelDoes)
{
	snapshot made = at(1);

	made.names = {{java, "a_very_long_nam"}, {other, "a_very"}};
	EXPECT_EQ(groups_named(made, "a_very_long_name"), std::set<group_id>{{.process = java}});
	EXPECT_EQ(groups_named(made, "a_very"), std::set<group_id>{{.process = other}});
	EXPECT_TRUE(groups_named(made, "a").empty());
}

} // namespace
} // namespace vmalock::test
