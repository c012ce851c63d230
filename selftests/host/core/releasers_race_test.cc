// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The reader that woke a writer, bpf/releasers.bpf.h compiled for the host: nobody is taken
 * for the releaser of another wait, nor for half of somebody else, under every schedule of
 * two waits in one slot and one reader, and under random ones of two readers in one wait and
 * in two.
 */
#include <cstdint>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "stepped_bpf.hh"

namespace {
#include "../../../bpf/releasers.bpf.h"
} // namespace

namespace {

/** As bpf/waits.bpf.h does it. */
struct protocol {
	static bool claim(releaser_place &place, vmalock_u64 wait) { return claim_place(&place, wait); }
	static bool take(releaser_place &place, vmalock_u64 wait) { return take_place(&place, wait); }
	static void finish_writing(releaser_place &place, vmalock_u64 wait) { leave_place(&place, wait); }
	static void finish_reading(releaser_place &place, vmalock_u64 wait) { leave_place(&place, wait); }
	static bool believe(releaser_place &, vmalock_u64) { return true; }
};

/** Everybody writes. */
struct nobody_claims : protocol {
	static bool claim(releaser_place &, vmalock_u64) { return true; }
};

/** The writer believes what was only begun. */
struct claimed_is_whole : protocol {
	static bool take(releaser_place &place, vmalock_u64 wait)
	{
		return READ_ONCE(place.state) >> 1 == wait;
	}
	static void finish_reading(releaser_place &, vmalock_u64) {}
};

/** The writer does not keep readers away while it reads. */
struct looks_once : protocol {
	static bool take(releaser_place &place, vmalock_u64 wait)
	{
		return READ_ONCE(place.state) == wait << 1;
	}
	static void finish_reading(releaser_place &, vmalock_u64) {}
};

/** It looks again instead, as if there were one reader a wait. */
struct looks_twice : looks_once {
	static bool believe(releaser_place &place, vmalock_u64 wait) { return take(place, wait); }
};

/** A reader writes beside one that has not finished. */
struct two_write_at_once : protocol {
	static bool claim(releaser_place &place, vmalock_u64 wait)
	{
		const vmalock_u64 state = READ_ONCE(place.state);

		return state <= (wait << 1 | PLACE_BUSY) &&
		       stepped_bpf::compare_and_exchange(&place.state, state, wait << 1 | PLACE_BUSY) == state;
	}
};

struct outcome {
	unsigned named = 0, wrong = 0;
};

/**
 * A writer that waits, and readers that look up which wait there is. What a reader writes of
 * itself are two numbers, of which the second follows from the first.
 */
template <class Protocol>
outcome run(simulator::schedule &schedule, unsigned waits, unsigned readers)
{
	std::vector<std::function<void()>> bodies;
	vmalock_u64 going_on = 0;
	releaser_place place = {};
	outcome result;

	bodies.push_back([&] {
		for (vmalock_u64 wait = 1; wait <= waits; wait++) {
			WRITE_ONCE(going_on, wait);
			if (!Protocol::take(place, wait))
				continue;
			const vmalock_u64 first = READ_ONCE(place.who.task.pid);
			const vmalock_u64 second = READ_ONCE(place.who.task.tid);
			const bool believed = Protocol::believe(place, wait);

			Protocol::finish_reading(place, wait);
			if (!believed)
				continue;
			result.named++;
			result.wrong += first / 10 != wait || second != first + 1;
		}
	});
	for (unsigned reader = 0; reader < readers; reader++)
		bodies.push_back([&, reader] {
			const vmalock_u64 wait = READ_ONCE(going_on);

			if (!wait || !Protocol::claim(place, wait))
				return;
			WRITE_ONCE(place.who.task.pid, wait * 10 + reader);
			WRITE_ONCE(place.who.task.tid, wait * 10 + reader + 1);
			Protocol::finish_writing(place, wait);
		});
	stepping::tasks::run(schedule, bodies);
	return result;
}

void add(outcome &sum, const outcome &one)
{
	sum.named += one.named;
	sum.wrong += one.wrong;
}

/** Of two waits and one reader. */
template <class Protocol>
outcome of_all()
{
	simulator::every_schedule schedule;
	outcome sum;

	do
		add(sum, run<Protocol>(schedule, 2, 1));
	while (schedule.next());
	return sum;
}

/** Of two readers, from this seed on. */
template <class Protocol>
outcome of_some(unsigned waits, std::uint64_t seed)
{
	constexpr std::uint64_t schedules = 4000;
	outcome sum;

	for (std::uint64_t i = 0; i < schedules; i++) {
		simulator::seeded_schedule schedule(seed + i);

		add(sum, run<Protocol>(schedule, waits, 2));
	}
	return sum;
}

TEST(releasers, NobodyIsTakenForAnother)
{
	const std::uint64_t seed = simulator::base_seed();
	const outcome all = of_all<protocol>(), one = of_some<protocol>(1, seed),
		      two = of_some<protocol>(2, seed);

	EXPECT_EQ(all.wrong, 0u);
	EXPECT_GT(all.named, 0u);
	EXPECT_EQ(one.wrong, 0u) << "VMALOCK_SEED=" << seed;
	EXPECT_GT(one.named, 0u);
	EXPECT_EQ(two.wrong, 0u) << "VMALOCK_SEED=" << seed;
	EXPECT_GT(two.named, 0u);
}

TEST(releasers, ThePlaceServesOneWaitAfterTheOther)
{
	simulator::seeded_schedule schedule(1);
	releaser_place place = {};

	auto use_it = [&] {
		for (vmalock_u64 wait = 1; wait <= 3; wait++) {
			EXPECT_FALSE(take_place(&place, wait)) << "nobody has written";
			ASSERT_TRUE(claim_place(&place, wait));
			EXPECT_FALSE(take_place(&place, wait)) << "it is being written";
			leave_place(&place, wait);
			ASSERT_TRUE(take_place(&place, wait));
			EXPECT_FALSE(claim_place(&place, wait)) << "it is being read";
			leave_place(&place, wait);
			EXPECT_FALSE(claim_place(&place, wait - 1)) << "of an earlier wait";
		}
	};

	stepping::tasks::run(schedule, { use_it });
}

TEST(releasers, EachStepIsNeeded)
{
	EXPECT_GT(of_some<nobody_claims>(2, 1).wrong, 0u);
	EXPECT_GT(of_all<claimed_is_whole>().wrong, 0u);
	EXPECT_GT(of_some<looks_once>(2, 1).wrong, 0u);
	EXPECT_GT(of_some<looks_twice>(1, 1).wrong, 0u);
	EXPECT_GT(of_some<two_write_at_once>(2, 1).wrong, 0u);
}

} // namespace
