// SPDX-License-Identifier: GPL-2.0-only
/*
 * What compare() makes of two snapshots.
 */
#include "model/report.hh"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "made.hh"
#include "model/kernel_functions.hh"
#include "model/words.hh"
#include "output/output.hh"

namespace vmalock::test {
namespace {

constexpr process_id first = {100, 1000};
constexpr process_id second = {200, 2000};

TEST(report, CountsOnlyWhatHappenedBetween)
{
	snapshot before = at(1), after = at(3.5);
	before.faults = {faults(first, 10, 2, 1)};
	after.faults = {faults(first, 110, 5, 4)};

	report report = compare(before, after);
	ASSERT_EQ(report.rows.size(), 1u);
	EXPECT_DOUBLE_EQ(report.seconds, 2.5);
	EXPECT_EQ(report.rows[0].success, 103u) << "100 handled and 3 access errors";
	EXPECT_EQ(report.rows[0].success_access, 3u);
	EXPECT_EQ(report.rows[0].retry, 3u);
	EXPECT_EQ(report.rows[0].abort, 0u);
}

TEST(report, ANewProcessBeganAtZero)
{
	snapshot before = at(0), after = at(1);
	after.faults = {faults(first, 7)};
	after.names = {{first, "new"}};

	report report = compare(before, after);
	ASSERT_EQ(report.rows.size(), 1u);
	EXPECT_EQ(report.rows[0].success, 7u);
	EXPECT_EQ(report.rows[0].name, "new");
}

TEST(report, RetriesAndBypassesAreToldApart)
{
	snapshot before = at(0), after = at(1);
	before.fallbacks = {fallbacks(first, VMALOCK_RETRY_IO, 5)};
	after.fallbacks = {fallbacks(first, VMALOCK_RETRY_IO, 6), fallbacks(first, VMALOCK_RETRY_PAGE, 3),
			   fallbacks(second, VMALOCK_RETRY_PAGE, 4),
			   fallbacks(second, VMALOCK_BYPASS_KERNEL, 2),
			   fallbacks(second, VMALOCK_BYPASS_GUP, 9)};

	report report = compare(before, after);
	ASSERT_EQ(report.retries.size(), 2u);
	EXPECT_EQ(report.retries[0].cause, VMALOCK_RETRY_PAGE) << "most frequent first";
	EXPECT_EQ(report.retries[0].count, 7u);
	EXPECT_EQ(report.retries[1].count, 1u);
	ASSERT_EQ(report.bypasses.size(), 2u);
	EXPECT_EQ(report.bypasses[0].cause, VMALOCK_BYPASS_GUP);
	ASSERT_EQ(report.rows.size(), 1u) << "a retry alone makes no row, its fault does";
	EXPECT_EQ(report.rows[0].bypass, 11u);
}

TEST(report, AnIdleProcessHasNoRow)
{
	snapshot before = at(0), after = at(1);
	before.faults = after.faults = {faults(first, 7, 1, 2)};
	before.aborts = after.aborts = {aborts(first, fault_handler, VMALOCK_ABORT_MOVED, 3)};

	report report = compare(before, after);
	EXPECT_TRUE(report.rows.empty());
	EXPECT_TRUE(report.aborts.empty());
}

TEST(report, AReusedIdIsAnotherProcess)
{
	constexpr process_id later = {first.pid, first.start_ns + 1};
	snapshot before = at(0), after = at(1);
	before.faults = {faults(first, 50)};
	after.faults = {faults(first, 50), faults(later, 5)};
	after.names = {{first, "old"}, {later, "young"}};

	report report = compare(before, after);
	ASSERT_EQ(report.rows.size(), 1u);
	EXPECT_EQ(report.rows[0].name, "young");
	EXPECT_EQ(report.rows[0].success, 5u);
}

TEST(report, KeepsCallersOfAbortsApart)
{
	snapshot after = at(1);
	after.faults = {faults(first, 90, 0, 5)};
	after.aborts = {aborts(first, fault_handler, VMALOCK_ABORT_WRITE_LOCKED, 5),
			aborts(first, "madvise_vma_behavior", VMALOCK_ABORT_WRITE_LOCKED, 7),
			aborts(first, "start_read_after_writer", VMALOCK_ABORT_UNMAPPED, 11, "vmalock")};

	report report = compare(at(0), after);
	ASSERT_EQ(report.rows.size(), 1u);
	EXPECT_EQ(report.rows[0].abort, 23u) << "as vmstat: from any caller";
	EXPECT_EQ(report.rows[0].fault_abort, 5u);
	EXPECT_EQ(report.rows[0].tried(), 100u) << "other callers' aborts are no faults";
	ASSERT_EQ(report.aborts.size(), 3u);
	EXPECT_EQ(report.aborts[0].caller, "vmalock helper");
	EXPECT_EQ(report.aborts[1].caller, "madvise");
	EXPECT_EQ(report.aborts[2].caller, page_fault);
}

/** Without kernel addresses any abort may be a page fault's. */
TEST(report, AbortsOfUnknownCallersLeaveTheShareUnknown)
{
	snapshot after = at(1);
	after.faults = {faults(first, 90, 0, 5), faults(second, 10)};
	after.aborts = {aborts(first, "", VMALOCK_ABORT_WRITE_LOCKED, 5)};

	report report = compare(at(0), after);
	ASSERT_EQ(report.rows.size(), 2u);
	EXPECT_EQ(report.rows[0].abort, 5u);
	EXPECT_EQ(report.rows[0].tried(), std::nullopt);
	EXPECT_EQ(report.rows[1].tried(), 10u) << "it had no abort";
	EXPECT_EQ(report.aborts.at(0).caller, unknown_caller);
	EXPECT_NE(to_text(report).find("          5 not visible\n"), std::string::npos) << to_text(report);
	EXPECT_TRUE(nlohmann::json::parse(to_json(report, true))["processes"][0]["abort_page_fault"].is_null());
}

TEST(report, SumsAbortsOverProcessesByCallerAndReason)
{
	snapshot after = at(1);
	after.aborts = {aborts(first, fault_handler, VMALOCK_ABORT_GONE, 2),
			aborts(second, fault_handler, VMALOCK_ABORT_GONE, 3),
			aborts(second, "exc_page_fault", VMALOCK_ABORT_GONE, 4),
			aborts(second, fault_handler, VMALOCK_ABORT_MOVED, 8)};

	report report = compare(at(0), after);
	ASSERT_EQ(report.aborts.size(), 2u);
	EXPECT_EQ(report.aborts[0].reason, VMALOCK_ABORT_GONE);
	EXPECT_EQ(report.aborts[0].count, 9u);
	EXPECT_EQ(report.aborts[1].count, 8u);
	EXPECT_EQ(report.abort_total, 17u);
}

TEST(report, TwoCallSitesInOneFunctionAddUp)
{
	snapshot before = at(0), after = at(1);
	before.aborts = {aborts(first, fault_handler, VMALOCK_ABORT_GONE, 2),
			 aborts(first, fault_handler, VMALOCK_ABORT_GONE, 1)};
	after.aborts = {aborts(first, fault_handler, VMALOCK_ABORT_GONE, 2),
			aborts(first, fault_handler, VMALOCK_ABORT_GONE, 5)};

	EXPECT_EQ(compare(before, after).abort_total, 4u);
}

TEST(report, BusiestProcessComesFirst)
{
	snapshot after = at(1);
	after.faults = {faults(first, 1), faults(second, 3)};
	after.aborts = {aborts(first, fault_handler, VMALOCK_ABORT_GONE, 9)};

	report report = compare(at(0), after);
	ASSERT_EQ(report.rows.size(), 2u);
	EXPECT_EQ(report.rows[0].id.process, first);
}

TEST(report, HelperCountersGrowFromTheirStart)
{
	snapshot before = at(0), after = at(1);
	before.helper = helper_stats{{10, 5, 1}, {{"one", {10, 5, 1}, 3, {0, 7}}}};
	after.helper = helper_stats{{15, 5, 2, 1}, {{"two", {2}, 0, {}}, {"one", {13, 5, 2, 1}, 1, {1, 9}}}};

	report report = compare(before, after);
	EXPECT_EQ(report.helper, (helper_stats{{5, 0, 1, 1}, {{"two", {2}, 0, {}},
							      {"one", {3, 0, 1, 1}, 1, {1, 2}}}}));
}

TEST(report, AReloadedModuleStartsAtZero)
{
	snapshot before = at(0), after = at(1);
	before.helper = helper_stats{{1000, 50, 10}, {}};
	after.helper = helper_stats{{3, 2, 1}, {}};

	EXPECT_EQ(compare(before, after).helper, after.helper);
}

TEST(report, NoModuleIsNotZeroCalls)
{
	EXPECT_FALSE(compare(at(0), at(1)).helper.has_value());
}

TEST(report, LossesAreThoseOfTheRun)
{
	snapshot before = at(0), after = at(1);
	before.losses.skipped = {{"program", 5}};
	after.losses.skipped = {{"program", 5}};
	EXPECT_FALSE(any_loss(compare(before, after).losses));

	after.losses.skipped = {{"program", 6}};
	EXPECT_TRUE(any_loss(compare(before, after).losses));

	after.losses = {};
	after.losses.maps[VMALOCK_LOSS_ABORTS_FULL] = 1;
	EXPECT_TRUE(any_loss(compare(before, after).losses));
}

TEST(words, NameTheKindsOfCallers)
{
	EXPECT_EQ(caller_kind("do_user_addr_fault", ""), page_fault);
	EXPECT_EQ(caller_kind("tcp_zerocopy_receive", ""), "tcp zerocopy");
	EXPECT_EQ(caller_kind("madvise_walk_vmas", ""), "madvise");
	EXPECT_EQ(caller_kind("do_user_addr_fault", "vmalock"), "vmalock helper");
	EXPECT_EQ(caller_kind("some_driver_function", "driver"), "some_driver_function");
	EXPECT_EQ(caller_kind("", ""), "unknown caller");
}

} // namespace
} // namespace vmalock::test
