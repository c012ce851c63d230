// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the time passed in which somebody had mmap_lock: sums, differences, what is stored
 * and what is shown.
 */
#include "model/hold_course.hh"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "made.hh"
#include "model/blame.hh"
#include "model/exited.hh"
#include "model/writers.hh"
#include "output/blame.hh"
#include "output/writers.hh"
#include "recording/captured.hh"

namespace vmalock::test {
namespace {

constexpr process_id agent = {200, 2}, victim = {300, 3};
constexpr writer_key reader = {agent, 201, 0, 1, VMALOCK_STACK_NONE, VMALOCK_WRITER_SEEN};
constexpr std::uint32_t at_disk = 10, at_mutex = 11, at_disk_too = 12;
constexpr std::uint64_t ended_ns = 1'700'000'000'123'000'000;

/** Two holds of 100 ms in all: 15 ms on a CPU, 5 ms ready for one, 80 ms asleep. */
hold_course course()
{
	return {{2, 100'000'000, 5'000'000, 80'000'000, 1'000'000}, {{at_mutex, 1, 20'000'000}, {at_disk, 3, 50'000'000}, {at_disk_too, 1, 4'000'000}}};
}

/** One of these. */
followed_hold longest()
{
	return {{{1, 70'000'000, 0, 68'000'000, 0}, {{at_disk, 2, 45'000'000}}}, ended_ns};
}

writer_counts counts()
{
	writer_counts result;

	result.writers = {{reader, "agent", "read", {}}};
	result.followed = {{reader, true, course(), longest()}};
	result.kernel_stacks = {{1, {"__mmap_lock_do_trace_released", "show_smaps_rollup"}},
				{at_disk, {"bpf_prog_0", "__schedule", "io_schedule", "folio_wait_bit_common", "read_pages"}},
				{at_disk_too, {"__traceiter_sched_switch", "io_schedule", "folio_wait_bit_common", "filemap"}},
				{at_mutex, {"__schedule", "__mutex_lock.constprop.0", "seq_read_iter"}}};
	result.lock_waits = {{reader, true, victim, VMALOCK_MMAP_READ_OTHER, 0, 2, 90'000'000, 60'000'000, ended_ns}};
	return result;
}

snapshot snapshot_of(writer_counts writers, double seconds = 2)
{
	snapshot result = at(seconds);

	result.writers = std::move(writers);
	result.names = {{agent, "agent"}, {victim, "victim"}};
	return result;
}

followed_holds followed(const writer_counts &before, const writer_counts &after)
{
	const writers_report report = compare(before, after, {});

	EXPECT_EQ(report.lock_holders.holders.size(), 1u);
	return report.lock_holders.holders.empty() ? followed_holds() : report.lock_holders.holders[0].followed;
}

TEST(hold_course, TheTimeThatIsNeitherReadyNorAsleepIsOnACpu)
{
	const spent_holds all = followed({}, counts()).all;

	EXPECT_EQ(all.count, 2u);
	EXPECT_EQ(all.running_ns, 15'000'000u);
	EXPECT_EQ(all.running_ns + all.runnable_ns + all.asleep_ns, all.ns);
	EXPECT_EQ(all.reclaim_ns, 1'000'000u);
}

TEST(hold_course, PartsThatWereReadLaterThanTheWholeLeaveNothing)
{
	writer_counts after = counts();

	after.followed[0].spent.ns = 1;
	EXPECT_EQ(followed({}, after).all.running_ns, 0u);
}

TEST(hold_course, StacksOfOnePlaceAreOneRowAndTheLongestComesFirst)
{
	const spent_holds all = followed({}, counts()).all;

	ASSERT_EQ(all.sleeps.size(), 2u);
	EXPECT_EQ(all.sleeps[0].why, "a page");
	EXPECT_EQ(all.sleeps[0].place, "folio_wait_bit_common");
	EXPECT_EQ(all.sleeps[0].count, 4u);
	EXPECT_EQ(all.sleeps[0].ns, 54'000'000u);
	EXPECT_EQ(all.sleeps[1].why, "a mutex");
	EXPECT_EQ(all.sleeps[1].place, "seq_read_iter");
}

TEST(hold_course, AStackThatIsNotKnownIsNoPlace)
{
	writer_counts after = counts();

	after.kernel_stacks.resize(1);
	const spent_holds all = followed({}, after).all;
	ASSERT_EQ(all.sleeps.size(), 1u);
	EXPECT_EQ(all.sleeps[0].why, "");
	EXPECT_EQ(all.sleeps[0].place, "");
	EXPECT_EQ(all.sleeps[0].ns, 74'000'000u);
}

TEST(hold_course, AnIntervalHasWhatCameInIt)
{
	writer_counts after = counts();

	after.followed[0].spent += {{1, 30'000'000, 1'000'000, 9'000'000, 0}, {{at_disk, 1, 9'000'000}}};
	after.lock_waits[0].count++;
	const followed_holds holds = followed(counts(), after);
	EXPECT_EQ(holds.all.count, 1u);
	EXPECT_EQ(holds.all.ns, 30'000'000u);
	EXPECT_EQ(holds.all.running_ns, 20'000'000u);
	ASSERT_EQ(holds.all.sleeps.size(), 1u);
	EXPECT_EQ(holds.all.sleeps[0].count, 1u);
	EXPECT_EQ(holds.longest.count, 0u) << "the longest was before";
}

TEST(hold_course, AnIntervalHasTheLongestThatEndedInIt)
{
	writer_counts after = counts();

	after.followed[0].spent += {{1, 75'000'000, 0, 0, 0}, {}};
	after.followed[0].longest = {{{1, 75'000'000, 0, 0, 0}, {}}, ended_ns + 1};
	after.lock_waits[0].count++;
	const followed_holds holds = followed(counts(), after);
	EXPECT_EQ(holds.longest.ns, 75'000'000u);
	EXPECT_EQ(holds.longest_ended_ns, ended_ns + 1);
}

TEST(hold_course, WhatWasForgottenMeanwhileCountsWhole)
{
	writer_counts before = counts();

	before.followed[0].spent.count = 9;
	EXPECT_EQ(followed(before, [] {
			  writer_counts after = counts();

			  after.lock_waits[0].count++;
			  return after;
		  }())
			  .all.ns,
		  100'000'000u);
}

TEST(hold_course, ThoseOfExitedProcessesAreKept)
{
	exited_sums sums;
	snapshot now = snapshot_of({});

	sums.take(snapshot_of(counts()), {{agent}, {}});
	sums.show_in(now);
	const followed_holds holds = followed({}, *now.writers);
	EXPECT_EQ(holds.all.ns, 100'000'000u);
	ASSERT_EQ(holds.all.sleeps.size(), 2u);
	EXPECT_EQ(holds.all.sleeps[0].place, "folio_wait_bit_common");
	EXPECT_EQ(holds.longest.ns, 70'000'000u);
	EXPECT_EQ(holds.longest_ended_ns, ended_ns);
}

TEST(hold_course, IsStoredWhole)
{
	const auto again = nlohmann::json(counts()).get<writer_counts>();

	ASSERT_EQ(again.followed.size(), 1u);
	EXPECT_EQ(again.followed[0].holder, reader);
	EXPECT_TRUE(again.followed[0].reads);
	EXPECT_EQ(again.followed[0].spent, course());
	EXPECT_EQ(again.followed[0].longest, longest());
	EXPECT_EQ(again.lock_waits[0].longest_ended_ns, ended_ns);
}

TEST(hold_course, AFileOfBeforeHasNone)
{
	nlohmann::json stored = counts();

	stored.erase("followed");
	stored["lock_waits"][0].erase(8);
	const auto again = stored.get<writer_counts>();
	EXPECT_TRUE(again.followed.empty());
	EXPECT_EQ(again.lock_waits[0].longest_ended_ns, 0u);
	EXPECT_EQ(again.lock_waits[0].longest_ns, 60'000'000u);
	EXPECT_TRUE(to_json(compare(writer_counts(), again, {}))["lock_waits"]["holders"][0]["holds"].is_null());
}

TEST(hold_course, BlameSaysHowTheTimePassed)
{
	setenv("TZ", "UTC", 1);
	const std::string text = to_text(blame_of(compare(at(0), snapshot_of(counts()))));

	EXPECT_NE(text.find("     certain, to read, from show_smaps_rollup\n"
			    "     2 holds, 100 ms:\n"
			    "       15.0 % on a CPU, 5.0 % ready for one, 80.0 % asleep, 1.0 % in reclaim\n"
			    "       asleep for 54 ms: a page, in folio_wait_bit_common\n"
			    "       asleep for 20 ms: a mutex, in seq_read_iter\n"
			    "     the longest, until 22:13:20.123, 70 ms:\n"),
		  text.npos)
		<< text;
}

TEST(hold_course, TwoPlacesOfOneThreadAddUpInBlame)
{
	writer_counts two = counts();
	writer_key other = reader;

	other.kernel_stack = at_mutex;
	const hold_course second = {{1, 10'000'000, 0, 10'000'000, 0}, {{at_disk, 1, 10'000'000}}};
	two.writers.push_back({other, "agent", "read", {}});
	two.followed.push_back({other, true, second, {second, ended_ns + 1}});
	two.lock_waits.push_back({other, true, victim, VMALOCK_MMAP_READ_OTHER, 0, 1, 1'000'000, 1'000'000});
	two.kernel_stacks[0].functions = {"show_smap"};
	two.kernel_stacks[3].functions = {"show_smap", "seq_read_iter"};
	const blame_report report = blame_of(compare(at(0), snapshot_of(two)));
	ASSERT_EQ(report.mmap_lock->culprits.size(), 1u);
	const followed_holds &holds = report.mmap_lock->culprits[0].followed;
	EXPECT_EQ(holds.all.count, 3u);
	EXPECT_EQ(holds.all.ns, 110'000'000u);
	EXPECT_EQ(holds.all.sleeps[0].ns, 64'000'000u);
	EXPECT_EQ(holds.longest.ns, 70'000'000u);
}

TEST(hold_course, WhereAPartDoesNotSayItsLongestNothingIsTheLongest)
{
	followed_holds known, older;

	known.all = {{1, 50, 0, 0, 0}, 50, {}};
	known.longest = known.all;
	older.all = {{1, 80, 0, 0, 0}, 80, {}};
	EXPECT_EQ((followed_holds() += known).longest.ns, 50u);
	EXPECT_EQ((followed_holds(known) += older).longest.count, 0u);
	EXPECT_EQ((followed_holds(older) += known).longest.count, 0u);
}

TEST(hold_course, HoldsToReadAndToWriteFromOnePlaceAreApart)
{
	writer_counts both = counts();

	both.lock_waits.push_back({reader, false, victim, VMALOCK_MMAP_READ_OTHER, 0, 1, 1'000'000, 1'000'000});
	const writers_report report = compare(writer_counts(), both, {});
	ASSERT_EQ(report.lock_holders.holders.size(), 2u);
	EXPECT_EQ(report.lock_holders.holders[0].followed.all.count, 2u);
	EXPECT_EQ(report.lock_holders.holders[1].followed.all.count, 0u);
}

TEST(hold_course, StacksThatBecomeOneInTheSumsAreSubtractedOnce)
{
	exited_sums sums;
	snapshot then = snapshot_of({}), now = snapshot_of({});
	writer_counts more = counts();

	more.kernel_stacks[2].functions = more.kernel_stacks[1].functions;
	sums.take(snapshot_of(more), {{agent}, {}});
	sums.show_in(then);
	sums.take(snapshot_of(more), {{agent}, {}});
	sums.show_in(now);
	const spent_holds all = followed(*then.writers, *now.writers).all;
	ASSERT_EQ(all.sleeps.size(), 2u);
	EXPECT_EQ(all.sleeps[0].count, 4u);
	EXPECT_EQ(all.sleeps[0].ns, 54'000'000u);
}

TEST(hold_course, JsonHasNoneWhereNoHoldWasFollowed)
{
	writer_counts none = counts();

	none.followed.clear();
	const auto report = nlohmann::json::parse(to_json(blame_of(compare(at(0), snapshot_of(none)))));
	EXPECT_TRUE(report["mmap_lock"]["culprits"][0]["holds"].is_null());
}

} // namespace
} // namespace vmalock::test
