// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The waiting helper and the rebuilt trylock keep the contract, whatever other
 * tasks do between any two of their operations.
 */
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "checker.hh"
#include "scenarios.hh"

namespace {

using namespace simulator;
using vmalock::wait;

constexpr unsigned random_schedules = 20000;

/** Run @p test among random crowds; a failure names the seed that repeats it. */
template <class Test>
void under_random_schedules(Test test)
{
	std::cout << "seed " << base_seed() << " (VMALOCK_SEED repeats it)\n";
	for (unsigned run = 0; run < random_schedules; run++) {
		SCOPED_TRACE("VMALOCK_SEED=" + std::to_string(base_seed() + run));
		seeded_schedule schedule(base_seed() + run);
		simulation sim(schedule, 0);
		crowd(sim, schedule);
		ASSERT_NO_THROW(test(sim));
	}
}

const char *name(wait how)
{
	return how == wait::killable ? "killable" : "uninterruptible";
}

template <class Environment> class protocol : public testing::Test {};

struct environment_name {
	template <class Environment> static std::string GetName(int)
	{
		return std::is_same_v<Environment, kernel_trylock<>> ? "kernel_trylock" :
		       std::is_same_v<Environment, no_vma_lock>	     ? "no_vma_lock" :
		       std::is_same_v<Environment, counted_trylock<>> ? "counted_trylock" :
								       "rebuilt_trylock";
	}
};
using environments = testing::Types<kernel_trylock<>, rebuilt_trylock<>, counted_trylock<>, no_vma_lock>;
TYPED_TEST_SUITE(protocol, environments, environment_name);

TYPED_TEST(protocol, HoldsUnderEverySchedule)
{
	std::map<vmalock_outcome, unsigned long> seen;

	for (const scenario &scenario : small_scenarios) {
		for (wait how : { wait::uninterruptible, wait::killable }) {
			SCOPED_TRACE(std::string(scenario.name) + ", " + name(how));
			unsigned long runs = 0;
			ASSERT_NO_THROW(runs = under_every_schedule(scenario, [&](simulation &sim) {
				seen[check_call<TypeParam>(sim, how)]++;
			}));
			std::cout << runs << " schedules: " << scenario.name << ", " << name(how) << "\n";
		}
	}
	for (auto outcome : { VMALOCK_OUTCOME_FAST, VMALOCK_OUTCOME_WAITED, VMALOCK_OUTCOME_UNMAPPED,
			      VMALOCK_OUTCOME_INTERRUPTED, VMALOCK_OUTCOME_SATURATED }) {
		// mmap_lock has room for every reader.
		if (outcome == VMALOCK_OUTCOME_SATURATED && TypeParam::vma_lock_is_mmap_lock)
			EXPECT_EQ(seen[outcome], 0u);
		else
			EXPECT_GT(seen[outcome], 0u) << "no schedule ended with outcome " << outcome;
	}
}

TYPED_TEST(protocol, HoldsUnderRandomSchedules)
{
	under_random_schedules([](simulation &sim) {
		check_call<TypeParam>(sim, sim.pick() ? wait::killable : wait::uninterruptible);
	});
}

/** A schedule in which nobody interferes and no sequence number wraps. */
class undisturbed : public schedule {
public:
	unsigned pick(unsigned) override { return 0; }
};

TYPED_TEST(protocol, FastPathTakesNoMmapLock)
{
	undisturbed schedule;
	simulation sim(schedule, 0);

	sim.space.map(0, 1);
	EXPECT_EQ(check_call<TypeParam>(sim, wait::uninterruptible), VMALOCK_OUTCOME_FAST);
	EXPECT_EQ(sim.slow_passes, 0u);
}

/** Starts with a writer at work on the VMA, who goes on when the call sleeps. */
struct writer_at_work {
	writer_at_work(actor (*writer)(address_space &, unsigned long)) : sim(schedule, 0)
	{
		sim.space.map(0, 1);
		sim.spawn("writer", writer(sim.space, 0));
		// Taken by hand: the schedule leaves the writer where it stands.
		sim.sleep_until([this] { return sim.space.writer; });
	}

	undisturbed schedule;
	simulation sim;
};

TYPED_TEST(protocol, WaitsForAWriter)
{
	writer_at_work at_work(change);

	at_work.sim.sleep_until([&] { return at_work.sim.space.tree[0]->write_seq == 1; });
	EXPECT_EQ(check_call<TypeParam>(at_work.sim, wait::uninterruptible),
		  VMALOCK_OUTCOME_WAITED);
}

TYPED_TEST(protocol, FindsTheSuccessorOfAReplacedMapping)
{
	writer_at_work at_work(replace);

	at_work.sim.sleep_until([&] { return !at_work.sim.space.tree[0]; });
	EXPECT_EQ(check_call<TypeParam>(at_work.sim, wait::uninterruptible),
		  VMALOCK_OUTCOME_WAITED);
}

TYPED_TEST(protocol, ReportsAnUnmappedAddress)
{
	writer_at_work at_work(unmap);

	at_work.sim.sleep_until([&] { return !at_work.sim.space.tree[0]; });
	EXPECT_EQ(check_call<TypeParam>(at_work.sim, wait::uninterruptible),
		  VMALOCK_OUTCOME_UNMAPPED);
}

TYPED_TEST(protocol, AFatalSignalEndsTheKillableWaitOnly)
{
	for (wait how : { wait::killable, wait::uninterruptible }) {
		writer_at_work at_work(change);

		at_work.sim.sleep_until([&] { return at_work.sim.space.tree[0]->write_seq == 1; });
		at_work.sim.space.fatal_signal = true;
		EXPECT_EQ(check_call<TypeParam>(at_work.sim, how),
			  how == wait::killable ? VMALOCK_OUTCOME_INTERRUPTED :
						  VMALOCK_OUTCOME_WAITED);
	}
}

TEST(trylock, HoldsUnderEverySchedule)
{
	unsigned long locked = 0, failed = 0, detached = 0, moved = 0;

	for (const scenario &scenario : small_scenarios) {
		SCOPED_TRACE(scenario.name);
		ASSERT_NO_THROW(under_every_schedule(scenario, [&](simulation &sim) {
			(check_trylock<rebuilt_trylock<>>(sim) ? locked : failed)++;
			detached += sim.saw_detached;
			moved += sim.saw_moved;
		}));
	}
	EXPECT_GT(locked, 0u);
	EXPECT_GT(failed, 0u);
	EXPECT_GT(detached, 0u) << "no schedule unlinked the VMA under the walk";
	EXPECT_GT(moved, 0u) << "no schedule moved the VMA under the walk";
}

TEST(trylock, HoldsUnderRandomSchedules)
{
	under_random_schedules([](simulation &sim) { check_trylock<rebuilt_trylock<>>(sim); });
}

TEST(trylock, ByReferenceHoldsUnderEverySchedule)
{
	unsigned long locked = 0, failed = 0;

	for (const scenario &scenario : small_scenarios) {
		SCOPED_TRACE(scenario.name);
		ASSERT_NO_THROW(under_every_schedule(scenario, [&](simulation &sim) {
			(check_trylock<counted_trylock<>>(sim) ? locked : failed)++;
		}));
	}
	EXPECT_GT(locked, 0u);
	EXPECT_GT(failed, 0u);
}

TEST(trylock, ByReferenceHoldsUnderRandomSchedules)
{
	under_random_schedules([](simulation &sim) { check_trylock<counted_trylock<>>(sim); });
}

/** A process that replaces the mapping whenever it has just been looked at. */
template <class Operations>
struct replaced_after_every_walk : Operations {
	using Operations::Operations;

	vma *mas_walk(address_space *mm, unsigned long address)
	{
		vma *found = Operations::mas_walk(mm, address);

		for (actor writer = replace(this->space, address); !writer.done();)
			writer.run();
		return found;
	}
};

template <class Environment> class replaced : public testing::Test {};

using rebuilt = testing::Types<rebuilt_trylock<replaced_after_every_walk<operations>>,
			       counted_trylock<replaced_after_every_walk<counted_operations>>>;
TYPED_TEST_SUITE(replaced, rebuilt);

TYPED_TEST(replaced, TheTrylockWalksTwiceAndGivesUp)
{
	undisturbed schedule;
	simulation sim(schedule, 0);

	sim.space.map(0, 1);
	EXPECT_FALSE(check_trylock<TypeParam>(sim));
	EXPECT_EQ(sim.walks, 2u);
}

TYPED_TEST(replaced, TheSlowPathFindsTheSuccessor)
{
	undisturbed schedule;
	simulation sim(schedule, 0);

	sim.space.map(0, 1);
	EXPECT_EQ(check_call<TypeParam>(sim, wait::killable), VMALOCK_OUTCOME_WAITED);
}

} // namespace
