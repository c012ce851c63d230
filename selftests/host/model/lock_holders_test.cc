// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who had mmap_lock while others were blocked on it: sums, grades, and what is shown.
 */
#include "model/lock_holders.hh"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "made.hh"
#include "model/blame.hh"
#include "model/merge.hh"
#include "model/writers.hh"
#include "output/blame.hh"

namespace vmalock::test {
namespace {

constexpr process_id pool = {100, 1}, agent = {200, 2}, victim = {300, 3};

writer_key place(process_id process, std::uint32_t tid, std::uint32_t stack)
{
	return {process, tid, 10, stack, VMALOCK_STACK_NONE, VMALOCK_WRITER_SEEN};
}

lock_wait behind(const writer_key &holder, bool reads, process_id waiter, std::uint64_t count, std::uint64_t ns)
{
	return {holder, reads, waiter, VMALOCK_MMAP_READ_FAULT, 0, count, ns, ns};
}

/** "slots" writes at 1, "agent" reads at 2, the BPF stack map releases at 3. */
writer_counts counts()
{
	writer_counts result;

	result.writers = {{place(pool, 101, 1), "slots", "mprotect", {}},
			  {place(agent, 201, 2), "agent", "read", {}},
			  {place(victim, 301, 3), "innocent", "", {}}};
	result.kernel_stacks = {{1, {"__mmap_lock_do_trace_released", "do_mprotect_pkey", "entry"}},
				{2, {"__mmap_lock_do_trace_released", "show_smaps_rollup", "entry"}},
				{3, {"__mmap_lock_do_trace_released", "do_mmap_read_unlock", "irq_work_run_list"}}};
	result.lock_waits = {behind(place(pool, 101, 1), false, victim, 3, 30'000'000),
			     behind(place(agent, 201, 2), true, pool, 1, 60'000'000),
			     behind(place(victim, 301, 3), true, pool, 1, 5'000'000),
			     behind(writer_key(), false, victim, 2, 4'000'000)};
	return result;
}

const process_names names = {{pool, "pool"}, {agent, "agent"}, {victim, "victim"}};

TEST(lock_holders, WhoWasInTheWayForLongestComesFirst)
{
	const lock_holders holders = holders_between({}, counts(), names, false);

	ASSERT_EQ(holders.holders.size(), 2u);
	EXPECT_EQ(holders.holders[0].comm, "agent");
	EXPECT_TRUE(holders.holders[0].reads);
	EXPECT_EQ(holders.holders[0].kernel_stack.front(), "show_smaps_rollup");
	EXPECT_EQ(holders.holders[1].comm, "slots");
	EXPECT_EQ(holders.holders[1].syscall, "mprotect");
	ASSERT_EQ(holders.holders[1].waiters.size(), 1u);
	EXPECT_EQ(holders.holders[1].waiters[0].name, "victim");
	EXPECT_EQ(holders.holders[1].waiters[0].count, 3u);
	EXPECT_EQ(holders.ns, 99'000'000u);
}

TEST(lock_holders, WhoIsInterruptedByTheStackMapIsNotNamed)
{
	const lock_holders holders = holders_between({}, counts(), names, false);

	for (const mmap_lock_holder &holder : holders.holders)
		EXPECT_NE(holder.comm, "innocent");
	EXPECT_EQ(holders.unknown, 3u);
	EXPECT_EQ(holders.unknown_ns, 9'000'000u);
}

TEST(lock_holders, AReaderWithoutAStackIsLikely)
{
	EXPECT_EQ(grade_of_holder(true, {}, false), grade::likely);
	EXPECT_EQ(grade_of_holder(true, {"show_smap"}, false), grade::certain);
	EXPECT_EQ(grade_of_holder(true, {"do_mmap_read_unlock", "irq_work_run"}, false), grade::unknown);
	EXPECT_EQ(grade_of_holder(false, {}, false), grade::certain);
}

TEST(lock_holders, WhereBeginsWereLostNobodyIsCertain)
{
	EXPECT_EQ(grade_of_holder(true, {}, true), grade::likely);
	EXPECT_EQ(grade_of_holder(true, {"show_smap"}, true), grade::likely);
	EXPECT_EQ(grade_of_holder(true, {"do_mmap_read_unlock", "irq_work_run"}, true), grade::unknown);
	EXPECT_EQ(grade_of_holder(false, {}, true), grade::likely);
}

/** One of each begin is lost at @p second, and what loses none at each. */
snapshot losing(double second, const char *program, std::uint64_t skipped, std::uint64_t tasks_full)
{
	snapshot result = at(second);

	result.losses.maps.fill(9);
	result.losses.maps[VMALOCK_LOSS_TASKS_FULL] = tasks_full;
	result.losses.skipped = {{"mmap_lock_released", 9}, {program, skipped}, {"mmap_wait_begin", 9}};
	return result;
}

TEST(lock_holders, BeginsAreLostWithTheProgramThatSeesThemAndWithoutRoomForThem)
{
	EXPECT_FALSE(may_have_lost_begins(losing(0, "mmap_lock_acquired", 0, 0).losses));
	EXPECT_FALSE(may_have_lost_begins(losing(0, "mmap_wait_end", 1, 0).losses));
	EXPECT_TRUE(may_have_lost_begins(losing(0, "mmap_lock_acquired", 1, 0).losses));
	EXPECT_TRUE(may_have_lost_begins(losing(0, "mmap_lock_acquired", 0, 1).losses));
}

/** The hold can have begun before the first snapshot, when nothing more was lost. */
TEST(lock_holders, WhatWasLostBeforeMatters)
{
	const snapshot before = losing(1, "mmap_lock_acquired", 1, 0);
	snapshot after = losing(2, "mmap_lock_acquired", 1, 0);

	after.writers = counts();
	const report report = compare(before, after);
	EXPECT_EQ(report.losses.skipped[1].second, 0u);
	ASSERT_EQ(report.writers->lock_holders.holders.size(), 2u);
	for (const mmap_lock_holder &holder : report.writers->lock_holders.holders)
		EXPECT_EQ(holder.grade, grade::likely);

	const std::string text = to_text(blame_of(report));
	EXPECT_NE(text.find(" that others waited: likely.\n"), text.npos) << text;
	EXPECT_NE(text.find("\n     likely, to read, from show_smaps_rollup\n"), text.npos) << text;
	EXPECT_NE(text.find("\nlikely at best: begins of holds were lost, which hides who had it before\n"), text.npos) << text;
}

TEST(lock_holders, NoReasonIsGivenWhereNoBeginWasLost)
{
	snapshot after = losing(2, "mmap_wait_end", 9, 0);

	after.writers = counts();
	const std::string text = to_text(blame_of(compare(at(0), after)));
	EXPECT_NE(text.find("certain, to read, from show_smaps_rollup"), text.npos) << text;
	EXPECT_EQ(text.find("likely at best"), text.npos) << text;
}

TEST(lock_holders, BeginsThatOneMachineLostAreSaidOfAll)
{
	snapshot losing_some = losing(2, "mmap_lock_acquired", 1, 0), losing_none = at(2);

	losing_some.writers = losing_none.writers = counts();
	EXPECT_TRUE(merge({{"a", compare(at(0), losing_none)}, {"b", compare(at(0), losing_some)}})
			    .writers->lock_holders.lost_begins);
}

TEST(lock_holders, OnlyWhatHasGrownCounts)
{
	writer_counts after = counts();

	after.lock_waits[0].count += 2;
	after.lock_waits[0].ns += 7'000'000;
	const lock_holders holders = holders_between(counts(), after, names, false);

	ASSERT_EQ(holders.holders.size(), 1u);
	EXPECT_EQ(holders.holders[0].count, 2u);
	EXPECT_EQ(holders.holders[0].ns, 7'000'000u);
	EXPECT_LE(holders.holders[0].longest_ns, 7'000'000u);
	EXPECT_EQ(holders.unknown, 0u);
}

TEST(lock_holders, BlameBeginsWithTheRelationThatLostMostTime)
{
	snapshot after = at(2);
	std::string text;

	after.writers = counts();
	after.names = {{pool, "pool"}, {agent, "agent"}, {victim, "victim"}};
	const blame_report blame = blame_of(compare(at(0), after));
	text = to_text(blame);
	EXPECT_TRUE(text.starts_with("agent (thread 201) in smaps_rollup:\n"
				     "    had mmap_lock for 60.6 % of the 99 ms that others waited: certain.\n"))
		<< text;
	EXPECT_NE(text.find("certain, to write, from do_mprotect_pkey"), text.npos) << text;
	EXPECT_NE(text.find("certain, to read, from show_smaps_rollup"), text.npos) << text;
	EXPECT_EQ(text.find("innocent"), text.npos) << text;
}

TEST(lock_holders, JsonSaysWhatTheReaderDid)
{
	const nlohmann::json report = nlohmann::json::parse(to_json(blame_of([] {
		snapshot after = at(2);

		after.writers = counts();
		return compare(at(0), after);
	}())));

	EXPECT_EQ(report["mmap_lock"]["culprits"][0]["doing"], "smaps_rollup");
	EXPECT_EQ(report["mmap_lock"]["culprits"][0]["reads"], true);
	EXPECT_EQ(report["mmap_lock"]["unknown"], 3);
}

} // namespace
} // namespace vmalock::test
