// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The helper of walks returns what was the first VMA of the range in one moment, and
 * says that there is none only if there was none in one moment; code that proves less
 * is caught.
 */
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "checker.hh"
#include "scenarios.hh"

namespace {

using namespace simulator;
using vmalock::wait;

constexpr unsigned random_schedules = 50000;

using kernel = kernel_trylock<>;

template <class Environment> class next : public testing::Test {};

using environments = testing::Types<kernel, without_speculation<kernel>, without_speculation<no_vma_lock>>;
TYPED_TEST_SUITE(next, environments);

/** These trylocks have too many steps for every schedule; what they do has a test of its own. */
template <class Environment> class next_rebuilt : public testing::Test {};

using rebuilt = testing::Types<rebuilt_trylock<>, counted_trylock<>>;
TYPED_TEST_SUITE(next_rebuilt, rebuilt);

/** Every schedule of all small scenarios, by both ways to wait. */
template <class Environment>
std::map<vmalock_outcome, unsigned long> under_all_schedules()
{
	std::map<vmalock_outcome, unsigned long> seen;
	const auto run = [&](const scenario &scenario) {
		for (wait how : { wait::uninterruptible, wait::killable })
			under_every_schedule(scenario, [&](simulation &sim) {
				seen[check_next<Environment>(sim, how)]++;
			});
	};

	for (const scenario &scenario : gap_scenarios)
		run(scenario);
	for (const scenario &scenario : small_scenarios)
		run(scenario);
	return seen;
}

TYPED_TEST(next, HoldsUnderEverySchedule)
{
	std::map<vmalock_outcome, unsigned long> seen;

	ASSERT_NO_THROW(seen = under_all_schedules<TypeParam>());
	for (auto outcome : { VMALOCK_OUTCOME_FAST, VMALOCK_OUTCOME_WAITED, VMALOCK_OUTCOME_UNMAPPED,
			      VMALOCK_OUTCOME_INTERRUPTED })
		EXPECT_GT(seen[outcome], 0u) << "no schedule ended with outcome " << outcome;
}

template <class Environment>
void check_random_schedules()
{
	std::cout << "seed " << base_seed() << " (VMALOCK_SEED repeats it)\n";
	for (unsigned run = 0; run < random_schedules; run++) {
		SCOPED_TRACE("VMALOCK_SEED=" + std::to_string(base_seed() + run));
		seeded_schedule schedule(base_seed() + run);
		simulation sim(schedule, 0);
		crowd_with_gaps(sim, schedule);
		ASSERT_NO_THROW(check_next<Environment>(sim, sim.pick() ? wait::killable : wait::uninterruptible));
	}
}

TYPED_TEST(next, HoldsUnderRandomSchedules)
{
	check_random_schedules<TypeParam>();
}

TYPED_TEST(next_rebuilt, HoldsUnderRandomSchedules)
{
	check_random_schedules<TypeParam>();
}

/** A schedule in which nobody interferes and no sequence number wraps. */
class undisturbed : public schedule {
public:
	unsigned pick(unsigned) override { return 0; }
};

TEST(next_vma, TakesNoMmapLockWhereNobodyWrites)
{
	for (bool mapped : { true, false }) {
		undisturbed schedule;
		simulation sim(schedule, 0);

		if (mapped)
			sim.space.map(2, 4);
		EXPECT_EQ(check_next<kernel>(sim, wait::uninterruptible),
			  mapped ? VMALOCK_OUTCOME_FAST : VMALOCK_OUTCOME_UNMAPPED);
		EXPECT_EQ(sim.slow_passes, 0u);
	}
}

TEST(next_vma, OfNoRangeIsNone)
{
	undisturbed schedule;
	simulation sim(schedule, 1);
	kernel environment(sim);

	sim.space.map(0, 4);
	EXPECT_EQ(vmalock::vma_start_read_next(environment, &sim.space, 1, 1, wait::killable).outcome,
		  VMALOCK_OUTCOME_UNMAPPED);
}

/** What the checker says first about @p Environment. */
template <class Environment>
std::string complaint()
{
	try {
		under_all_schedules<Environment>();
	} catch (const violation &caught) {
		const std::string what = caught.what();
		return what.substr(0, what.find('\n'));
	}
	return "";
}

struct believes_the_walk : kernel {
	using kernel::kernel;
	bool mmap_lock_speculate_try_begin(mm *, unsigned &) { return true; }
	bool mmap_lock_speculate_retry(mm *, unsigned) { return false; }
};

TEST(busted_next, TheFirstThatTheWalkSaw)
{
	EXPECT_EQ(complaint<believes_the_walk>(), "the VMA returned was the first at no moment");
}

/** As the kernel does: the second walk must find the same. */
struct looks_again : kernel {
	using kernel::kernel;
	unsigned long next_mapped(mm *mm, unsigned long address, unsigned long end)
	{
		return walked = kernel::next_mapped(mm, address, end);
	}
	bool mmap_lock_speculate_retry(mm *mm, unsigned sequence)
	{
		return kernel::mmap_lock_speculate_retry(mm, sequence) &&
		       kernel::next_mapped(mm, sim.address, address_space::pages) != walked;
	}
	unsigned long walked = 0;
};

TEST(busted_next, AHoleThatAReplacementLeaves)
{
	EXPECT_NE(complaint<looks_again>(), "");
}

/** Asks for writers that have begun, and not for one that is at it. */
struct writer_overlooked : kernel {
	using kernel::kernel;
	bool mmap_lock_speculate_try_begin(mm *mm, unsigned &sequence)
	{
		kernel::mmap_lock_speculate_try_begin(mm, sequence);
		return true;
	}
	bool mmap_lock_speculate_retry(mm *, unsigned sequence) { return space.write_seq != sequence; }
};

TEST(busted_next, AWriterAtIt)
{
	EXPECT_NE(complaint<writer_overlooked>(), "");
}

} // namespace
