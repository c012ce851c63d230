// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What each call does when nothing fails, and which arguments are refused.
 */
#include <gtest/gtest.h>

#include "callers/tcp/check.hh"
#include "checked_stream.hh"

namespace {

using namespace tcp_simulator;

constexpr unsigned long range = 64 * page_size;
constexpr vmalock_tcp_way ways[] = { VMALOCK_TCP_WAY_WAIT, VMALOCK_TCP_WAY_OLD };

TEST(tcp_stream, EachLengthIsSplitIntoPagesAndATail)
{
	for (unsigned long bytes = 0; bytes <= 70 * page_size; bytes++) {
		SCOPED_TRACE(bytes);
		checked_stream<> stream;
		stream.world.map(range, 70, true);
		stream.feed(bytes);
		const auto result = stream.receive(range, 70 * page_size, page_size);
		EXPECT_EQ(result.mapped, bytes / page_size * page_size);
		EXPECT_EQ(result.copied, bytes % page_size);
		EXPECT_EQ(stream.stats().batches, (bytes / page_size + 31) / 32);
	}
}

TEST(tcp_stream, ShortPiecesStopTheMapping)
{
	for (unsigned long first = 1; first < page_size; first++) {
		for (unsigned long second = 1; second < page_size; second++) {
			checked_stream<> stream;
			stream.world.map(range, 4, true);
			stream.feed(first);
			stream.feed(second);
			stream.feed(page_size);
			auto result = stream.receive(range, page_size);
			EXPECT_EQ(result.status, VMALOCK_TCP_SHORT_PIECE);
			EXPECT_EQ(result.recv_skip_hint, first + second);
			result = stream.receive(range, page_size, 100);
			EXPECT_EQ(result.copied, first + second);
			EXPECT_EQ(result.copy_status, VMALOCK_TCP_WHOLE_PAGE);
			EXPECT_EQ(stream.receive(range, page_size).mapped, page_size);
		}
	}
}

TEST(tcp_stream, SmallBuffersTakeAPieceInParts)
{
	for (unsigned long buffer = 1; buffer < page_size; buffer++) {
		checked_stream<> stream;
		stream.feed(page_size - 1);
		while (stream.taken < stream.fed)
			EXPECT_GT(stream.receive(0, 0, buffer).copied, 0u);
	}
}

/** Where pages are, and pages that cannot come do not cost them. */
TEST(tcp_stream, TheRangeLosesWhatIsReplaced)
{
	for (vmalock_tcp_way way : ways) {
		for (unsigned long comes = 0; comes <= 6; comes++) {
			checked_stream<> stream(way);
			stream.world.map(range, 8, true);
			stream.feed(8 * page_size);
			stream.receive(range, 8 * page_size);
			stream.feed(comes * page_size + 3);
			const unsigned long zapped = stream.stats().zapped;
			EXPECT_EQ(stream.receive(range, 5 * page_size).mapped, std::min(comes, 5ul) * page_size);
			EXPECT_EQ(stream.stats().zapped - zapped, std::min(comes, 5ul) * page_size);
			EXPECT_EQ(stream.world.vmas[0].pages.size(), 8u);
		}
	}
}

TEST(tcp_stream, ACleanRangeIsNotZapped)
{
	for (vmalock_tcp_way way : ways) {
		checked_stream<> stream(way);
		stream.world.map(range, 70, true);
		stream.feed(70 * page_size);
		const auto result = stream.receive(range, 70 * page_size, 0, VMALOCK_TCP_TLB_CLEAN_HINT);
		EXPECT_EQ(result.status, VMALOCK_TCP_DONE);
		EXPECT_EQ(stream.stats().zapped, 0u);
		EXPECT_EQ(stream.stats().retries, 0u);
	}
}

/** One page of 70 is there, whatever the caller says: it goes, and the batch is tried again. */
TEST(tcp_stream, AWrongHintIsMadeGood)
{
	for (vmalock_tcp_way way : ways) {
		for (unsigned long there = 0; there < 70; there++) {
			SCOPED_TRACE(there);
			checked_stream<> stream(way);
			stream.world.map(range, 70, true);
			stream.feed(page_size);
			stream.receive(range + there * page_size, page_size);
			stream.feed(70 * page_size);
			const unsigned long zapped = stream.stats().zapped;
			const auto result = stream.receive(range, 70 * page_size, 0, VMALOCK_TCP_TLB_CLEAN_HINT);
			EXPECT_EQ(result.status, VMALOCK_TCP_DONE);
			EXPECT_EQ(result.mapped, 70 * page_size);
			EXPECT_EQ(stream.stats().retries, 1u);
			EXPECT_EQ(stream.stats().zapped - zapped, (70 - there) * page_size);
		}
	}
}

TEST(tcp_stream, TheRangeIsClippedToTheVma)
{
	for (vmalock_tcp_way way : ways) {
		for (unsigned long first = 0; first < 8; first++) {
			checked_stream<> stream(way);
			stream.world.map(range, 8, true);
			stream.world.map(range + 8 * page_size, 8, true);
			stream.feed(20 * page_size);
			const auto result =
				stream.receive(range + first * page_size, 9 * page_size);
			EXPECT_EQ(result.status, VMALOCK_TCP_CLIPPED);
			EXPECT_EQ(result.mapped, (8 - first) * page_size);
		}
	}
}

TEST(tcp_stream, WrongMemoryIsToldAndTakesNothing)
{
	for (vmalock_tcp_way way : ways) {
		for (bool writer_about : { false, true }) {
			checked_stream<> stream(way);
			stream.world.writer_about = writer_about;
			stream.world.map(range, 4, false);
			stream.feed(1);
			EXPECT_EQ(stream.receive(range, page_size, 8).status, VMALOCK_TCP_FOREIGN);
			EXPECT_EQ(stream.receive(range - page_size, page_size, 8).status, VMALOCK_TCP_HOLE);
			EXPECT_EQ(stream.receive(range + 1, page_size, 8).status, VMALOCK_TCP_UNALIGNED);
			EXPECT_EQ(stream.receive(range, page_size + 1, 8).status, VMALOCK_TCP_UNALIGNED);
			EXPECT_EQ(stream.taken, 0u);
		}
	}
}

TEST(tcp_stream, AFullQueueTakesNoMore)
{
	checked_stream<> stream;
	stream.world.map(range, 80, true);
	EXPECT_EQ(stream.feed(81 * page_size).fed, 80 * page_size);
	EXPECT_EQ(stream.feed(1).status, VMALOCK_TCP_FULL);
	EXPECT_EQ(stream.receive(range, page_size).mapped, page_size);
	EXPECT_EQ(stream.feed(1).status, VMALOCK_TCP_DONE);
	EXPECT_EQ(stream.receive(range, 80 * page_size).mapped, 79 * page_size);
}

TEST(tcp_stream, TheQueueGoesRound)
{
	checked_stream<> stream;
	stream.world.map(range, 80, true);
	for (unsigned round = 0; round < 50; round++) {
		stream.feed(37 * page_size + round % page_size);
		stream.receive(range, 80 * page_size, page_size);
		EXPECT_EQ(stream.taken, stream.fed);
	}
}

TEST(tcp_stream, ADroppedStreamLeavesNoPage)
{
	checked_stream<> stream;
	stream.feed(10 * page_size + 3);
	stream.drop();
}

TEST(tcp_stream, EachWayCountsItsLocks)
{
	for (bool writer_about : { false, true }) {
		for (vmalock_tcp_way way : ways) {
			checked_stream<> stream(way);
			stream.world.writer_about = writer_about;
			stream.world.map(range, 1, true);
			stream.feed(page_size);
			EXPECT_EQ(stream.receive(range, page_size).mapped, page_size);
			stream.receive(0, page_size);
			const bool old = way == VMALOCK_TCP_WAY_OLD;
			const vmalock_tcp_stats &stats = stream.stats();
			EXPECT_EQ(stats.wait_locked, !old);
			EXPECT_EQ(stats.wait_missed, !old);
			EXPECT_EQ(stats.try_locked, old && !writer_about);
			EXPECT_EQ(stats.try_missed, old * (1 + writer_about));
			EXPECT_EQ(stats.mmap_locked, old && writer_about);
			EXPECT_EQ(stats.mmap_missed, old);
		}
	}
}

constexpr vmalock_u64 all_ones = ~vmalock_u64(0);

template <class Call> vmalock_tcp_refusal check(const Call &call)
{
	return vmalock::tcp::check(call);
}

TEST(tcp_arguments, Ranges)
{
	using vmalock::tcp::check_range;

	EXPECT_EQ(check_range(0, 0), VMALOCK_TCP_ACCEPTED);
	EXPECT_EQ(check_range(all_ones, 0), VMALOCK_TCP_ACCEPTED);
	EXPECT_EQ(check_range(all_ones - 4, 4), VMALOCK_TCP_ACCEPTED);
	EXPECT_EQ(check_range(all_ones - 4, 5), VMALOCK_TCP_OVERFLOW);
	EXPECT_EQ(check_range(0, VMALOCK_TCP_MAX_LENGTH), VMALOCK_TCP_ACCEPTED);
	EXPECT_EQ(check_range(0, VMALOCK_TCP_MAX_LENGTH + 1), VMALOCK_TCP_TOO_BIG);
	EXPECT_EQ(check_range(all_ones, all_ones), VMALOCK_TCP_TOO_BIG);
}

TEST(tcp_arguments, ReservedFieldsAreZero)
{
	EXPECT_EQ(check(vmalock_tcp_feed{}), VMALOCK_TCP_ACCEPTED);
	EXPECT_EQ(check(vmalock_tcp_feed{ 0, 0, 1, 0, 0 }), VMALOCK_TCP_INVALID);
	EXPECT_EQ(check(vmalock_tcp_receive{}), VMALOCK_TCP_ACCEPTED);
	EXPECT_EQ(check(vmalock_tcp_receive{ 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 }), VMALOCK_TCP_ACCEPTED);
	EXPECT_EQ(check(vmalock_tcp_receive{ 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0 }), VMALOCK_TCP_INVALID);
	EXPECT_EQ(check(vmalock_tcp_receive{ 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0 }), VMALOCK_TCP_INVALID);
	EXPECT_EQ(check(vmalock_tcp_mode{ VMALOCK_TCP_WAY_OLD, 0 }), VMALOCK_TCP_ACCEPTED);
	EXPECT_EQ(check(vmalock_tcp_mode{ VMALOCK_TCP_WAY_NR, 0 }), VMALOCK_TCP_INVALID);
	EXPECT_EQ(check(vmalock_tcp_mode{ 0, 1 }), VMALOCK_TCP_INVALID);
	EXPECT_EQ(check(vmalock_tcp_fail{ VMALOCK_TCP_MAX_NTH, 0 }), VMALOCK_TCP_ACCEPTED);
	EXPECT_EQ(check(vmalock_tcp_fail{ VMALOCK_TCP_MAX_NTH + 1, 0 }), VMALOCK_TCP_TOO_BIG);
	EXPECT_EQ(check(vmalock_tcp_fail{ 0, 1 }), VMALOCK_TCP_INVALID);
}

TEST(tcp_arguments, EachRangeIsChecked)
{
	EXPECT_EQ(check(vmalock_tcp_feed{ all_ones, 1, 0, 0, 0 }), VMALOCK_TCP_OVERFLOW);
	EXPECT_EQ(check(vmalock_tcp_receive{ all_ones, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }),
		  VMALOCK_TCP_OVERFLOW);
	EXPECT_EQ(check(vmalock_tcp_receive{ 0, 0, all_ones, 1, 0, 0, 0, 0, 0, 0, 0, 0 }),
		  VMALOCK_TCP_OVERFLOW);
	EXPECT_EQ(check(vmalock_tcp_receive{ 0, all_ones, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }),
		  VMALOCK_TCP_TOO_BIG);
	EXPECT_EQ(check(vmalock_tcp_receive{ 0, 0, 0, all_ones, 0, 0, 0, 0, 0, 0, 0, 0 }),
		  VMALOCK_TCP_TOO_BIG);
}

} // namespace
