// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Something fails, at every place where it can: no byte is lost, none comes
 * twice, and the next call goes on. Then everything at random.
 */
#include <iostream>

#include <gtest/gtest.h>

#include "../core/schedule.hh"
#include "checked_stream.hh"

namespace {

using namespace tcp_simulator;
using simulator::base_seed;

constexpr unsigned long range = 64 * page_size;
constexpr vmalock_tcp_way ways[] = { VMALOCK_TCP_WAY_WAIT, VMALOCK_TCP_WAY_OLD };

TEST(tcp_failure, ABatchStopsAtEachPosition)
{
	for (vmalock_tcp_way way : ways) {
		for (vmalock_tcp_status error : { VMALOCK_TCP_PARTIAL, VMALOCK_TCP_NO_MEMORY }) {
			for (unsigned long position = 0; position < 70; position++) {
				SCOPED_TRACE(position);
				checked_stream<> stream(way);
				stream.world.map(range, 70, true);
				stream.feed(70 * page_size + 3);
				stream.world.insertions_left = position;
				stream.world.insertion_error = error;
				const auto cut = stream.receive(range, 70 * page_size, 8);
				EXPECT_EQ(cut.status, static_cast<vmalock_u32>(error));
				EXPECT_EQ(cut.mapped, position * page_size);
				EXPECT_EQ(cut.copied, 0u);
				stream.world.insertions_left = world::never;
				const auto rest = stream.receive(range, 70 * page_size, 8);
				EXPECT_EQ(rest.mapped, (70 - position) * page_size);
				EXPECT_EQ(rest.copied, 3u);
			}
		}
	}
}

TEST(tcp_failure, ACopyOutStopsAtEachByte)
{
	for (unsigned long first = 1; first < page_size; first++) {
		for (unsigned long fits = 0; fits < first + 5; fits++) {
			SCOPED_TRACE(fits);
			checked_stream<> stream;
			stream.feed(first);
			stream.feed(5);
			stream.world.buffer_end = world::buffer_start + fits;
			const auto cut = stream.receive(0, 0, 100);
			EXPECT_EQ(cut.copy_status, VMALOCK_TCP_FAULT);
			EXPECT_EQ(cut.copied, fits);
			stream.world.buffer_end = world::never;
			EXPECT_EQ(stream.receive(0, 0, 100).copied, first + 5 - fits);
		}
	}
}

TEST(tcp_failure, ACopyInStopsAtEachByte)
{
	for (unsigned long readable = 0; readable < 3 * page_size; readable++) {
		checked_stream<> stream;
		stream.world.source_end = readable;
		const auto cut = stream.feed(3 * page_size);
		EXPECT_EQ(cut.status, VMALOCK_TCP_FAULT);
		EXPECT_EQ(cut.fed, readable / page_size * page_size);
	}
}

TEST(tcp_failure, ASignalComesAtEachMoment)
{
	for (vmalock_tcp_way way : ways) {
		unsigned long life = 0;
		bool interrupted;
		do {
			checked_stream<> stream(way);
			stream.world.map(range, 70, true);
			stream.world.life_left = ++life;
			interrupted = stream.feed(70 * page_size + 3).status == VMALOCK_TCP_INTERRUPTED;
			const auto result = stream.receive(range, 70 * page_size, 8);
			interrupted |= result.status == VMALOCK_TCP_INTERRUPTED ||
				       result.copy_status == VMALOCK_TCP_INTERRUPTED;
			if (stream.world.life_left == 0) {
				EXPECT_TRUE(interrupted);
			}
			stream.drop();
		} while (interrupted);
		// Each piece, each batch and each copy looks once, and the end of a copy.
		EXPECT_EQ(life, 71u + 4u + 2u);
	}
}

/** Feed and receive a bit of all, however many calls it takes. */
void deliver(checked_stream<> &stream)
{
	for (unsigned long bytes : { 40 * page_size + 3, 2ul, 3 * page_size }) {
		const unsigned long end = stream.fed + bytes;
		for (unsigned calls = 0; stream.fed < end; calls++) {
			ASSERT_LT(calls, 3u);
			stream.feed(end - stream.fed);
		}
	}
	for (unsigned calls = 0; stream.taken < stream.fed; calls++) {
		ASSERT_LT(calls, 6u);
		stream.receive(range, 50 * page_size, 4);
	}
}

TEST(tcp_failure, EachPointFailsOnce)
{
	for (vmalock_tcp_way way : ways) {
		for (bool writer_about : { false, true }) {
			unsigned long nth = 0;
			bool armed;
			do {
				SCOPED_TRACE(++nth);
				checked_stream<> stream(way);
				stream.world.map(range, 50, true);
				stream.world.writer_about = writer_about;
				stream.world.fail_nth = nth;
				deliver(stream);
				armed = stream.world.fail_nth;
				EXPECT_NE(armed, stream.world.failed);
				stream.drop();
			} while (!armed && !HasFailure());
			EXPECT_GT(nth, 45u * 2);
		}
	}
}

TEST(tcp_failure, EverythingAtRandom)
{
	std::cout << "seed " << base_seed() << " (VMALOCK_SEED repeats it)\n";
	for (unsigned run = 0; run < 2000; run++) {
		SCOPED_TRACE("VMALOCK_SEED=" + std::to_string(base_seed() + run));
		std::mt19937_64 random(base_seed() + run);
		const auto below = [&](unsigned long limit) { return random() % limit; };
		checked_stream<> stream(ways[below(2)]);

		// Ours, ours, a hole, somebody's, ours.
		stream.world.map(range, 40, true);
		stream.world.map(range + 40 * page_size, 10, true);
		stream.world.map(range + 60 * page_size, 10, false);
		stream.world.map(range + 70 * page_size, 50, true);
		for (unsigned call = 0; call < 60; call++) {
			world &world = stream.world;
			const auto maybe = [&](unsigned long limit) {
				return below(4) ? world::never : below(limit);
			};
			world.writer_about = below(2);
			world.fail_nth = below(4) ? 0 : 1 + below(30);
			world.failed = false;
			world.insertions_left = maybe(40);
			world.insertion_error = below(2) ? VMALOCK_TCP_PARTIAL : VMALOCK_TCP_NO_MEMORY;
			world.life_left = below(8) ? world::never : below(20);
			world.buffer_end = below(4) ? world::never : world::buffer_start + below(20);
			world.source_end = below(4) ? world::never : stream.fed + below(100);
			if (below(2))
				ASSERT_NO_THROW(stream.feed(below(2) ? below(page_size) : below(500)));
			else
				ASSERT_NO_THROW(stream.receive(
					range + (below(8) ? below(120) * page_size : below(1000)),
					below(8) ? below(90) * page_size : below(90), below(30), below(2)));
		}
		ASSERT_NO_THROW(stream.drop());
	}
}

} // namespace
