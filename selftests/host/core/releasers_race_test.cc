// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The reader that woke a writer, bpf/releasers.bpf.h compiled for the host: nobody is taken
 * for the releaser of another wait, nor for half of somebody else, under every schedule of
 * two waits in one slot and one reader, and under random ones of two readers.
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

constexpr unsigned waits = 2;

/** As bpf/waits.bpf.h does it. */
struct protocol {
	static bool claim(releaser_place &place, vmalock_u64 wait) { return claim_place(&place, wait); }
	static void finish(releaser_place &place, vmalock_u64 wait) { finish_place(&place, wait); }
	static bool believe(releaser_place &place, vmalock_u64 wait) { return is_whole(&place, wait); }
	static bool still_believe(releaser_place &place, vmalock_u64 wait) { return is_whole(&place, wait); }
};

/** Everybody writes. */
struct nobody_claims : protocol {
	static bool claim(releaser_place &, vmalock_u64) { return true; }
};

/** The writer believes what was only begun. */
struct claimed_is_whole : protocol {
	static bool believe(releaser_place &place, vmalock_u64 wait)
	{
		return READ_ONCE(place.state) >> 1 == wait;
	}
	static bool still_believe(releaser_place &, vmalock_u64) { return true; }
};

/** The writer does not look again at what another may write to meanwhile. */
struct asks_once : protocol {
	static bool still_believe(releaser_place &, vmalock_u64) { return true; }
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
 * A writer that waits twice, and readers that look up which wait there is. What a reader
 * writes of itself are two numbers, of which the second follows from the first.
 */
template <class Protocol>
outcome run(simulator::schedule &schedule, unsigned readers)
{
	std::vector<std::function<void()>> bodies;
	vmalock_u64 going_on = 0;
	releaser_place place = {};
	outcome result;

	bodies.push_back([&] {
		for (vmalock_u64 wait = 1; wait <= waits; wait++) {
			WRITE_ONCE(going_on, wait);
			if (!Protocol::believe(place, wait))
				continue;
			const vmalock_u64 first = READ_ONCE(place.who.task.pid);
			const vmalock_u64 second = READ_ONCE(place.who.task.tid);

			if (!Protocol::still_believe(place, wait))
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
			Protocol::finish(place, wait);
		});
	stepping::tasks::run(schedule, bodies);
	return result;
}

void add(outcome &sum, const outcome &one)
{
	sum.named += one.named;
	sum.wrong += one.wrong;
}

/** Of one reader. */
template <class Protocol>
outcome of_all()
{
	simulator::every_schedule schedule;
	outcome sum;

	do
		add(sum, run<Protocol>(schedule, 1));
	while (schedule.next());
	return sum;
}

/** Of two, from this seed on. */
template <class Protocol>
outcome of_some(std::uint64_t seed)
{
	constexpr std::uint64_t schedules = 4000;
	outcome sum;

	for (std::uint64_t i = 0; i < schedules; i++) {
		simulator::seeded_schedule schedule(seed + i);

		add(sum, run<Protocol>(schedule, 2));
	}
	return sum;
}

TEST(releasers, NobodyIsTakenForAnother)
{
	const outcome all = of_all<protocol>(), some = of_some<protocol>(simulator::base_seed());

	EXPECT_EQ(all.wrong, 0u);
	EXPECT_GT(all.named, 0u);
	EXPECT_EQ(some.wrong, 0u) << "VMALOCK_SEED=" << simulator::base_seed();
	EXPECT_GT(some.named, 0u);
}

TEST(releasers, EachStepIsNeeded)
{
	EXPECT_GT(of_some<nobody_claims>(1).wrong, 0u);
	EXPECT_GT(of_all<claimed_is_whole>().wrong, 0u);
	EXPECT_GT(of_some<asks_once>(1).wrong, 0u);
	EXPECT_GT(of_some<two_write_at_once>(1).wrong, 0u);
}

} // namespace
