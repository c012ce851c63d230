// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * When a task entered lock_vma_under_rcu(), bpf/lock_entry.bpf.h compiled for the host: the
 * time that it reads at the exit is not later than its entry, under every schedule of two
 * tasks that preempt each other on one CPU, and under random ones of more, with more calls.
 */
#include <cstdint>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "stepped_bpf.hh"

namespace {

vmalock_u64 clock_ns;

vmalock_u64 bpf_ktime_get_ns()
{
	stepping::tasks::point();
	return ++clock_ns;
}

} // namespace

/* A map is its only place. */
#define SEC(name)
#define __uint(name, value) int name
#define __type(name, type) type name
#define BPF_PROG(name) name()
#define bpf_get_current_task() stepping::tasks::running()
#define bpf_map_lookup_elem(map, key) ((void)(key), &(map)->value)
namespace {
#include "../../../bpf/lock_entry.bpf.h"
} // namespace

namespace {

/** As the programs do it. */
struct protocol {
	static void enter() { lock_vma_under_rcu_entry(); }
	static vmalock_u64 entered() { return lock_entered_ns(); }
};

/** The entry changes the time before it says whose it is. */
struct time_comes_first : protocol {
	static void enter()
	{
		WRITE_ONCE(lock_entries.value.ns, bpf_ktime_get_ns());
		WRITE_ONCE(lock_entries.value.task, bpf_get_current_task());
	}
};

/** The exit asks whose it is, and then takes what may be another's by then. */
struct asks_too_early : protocol {
	static vmalock_u64 entered()
	{
		const bool mine = READ_ONCE(lock_entries.value.task) == bpf_get_current_task();

		return mine ? READ_ONCE(lock_entries.value.ns) : 0;
	}
};

struct outcome {
	unsigned known = 0, too_late = 0;
};

/** Tasks, each with so many calls. */
template <class Protocol>
outcome run(simulator::schedule &schedule, const std::vector<unsigned> &calls)
{
	std::vector<std::function<void()>> bodies;
	outcome result;

	lock_entries.value = {};
	clock_ns = 0;
	for (unsigned count : calls)
		bodies.push_back([&result, count] {
			for (unsigned call = 0; call < count; call++) {
				Protocol::enter();
				const vmalock_u64 refused_ns = clock_ns;
				const vmalock_u64 entered_ns = Protocol::entered();

				result.known += entered_ns > 0;
				result.too_late += entered_ns > refused_ns;
			}
		});
	stepping::tasks::run(schedule, bodies);
	return result;
}

/** Over every schedule of two tasks. */
template <class Protocol>
outcome of_all()
{
	simulator::every_schedule schedule;
	outcome sum;

	do {
		const outcome one = run<Protocol>(schedule, { 1, 1 });

		sum.known += one.known;
		sum.too_late += one.too_late;
	} while (schedule.next());
	return sum;
}

TEST(lock_entry, ATimeIsNeverLaterThanTheEntry)
{
	const outcome all = of_all<protocol>();

	EXPECT_EQ(all.too_late, 0u);
	EXPECT_GT(all.known, 0u);
}

TEST(lock_entry, TheOrderMatters)
{
	EXPECT_GT(of_all<time_comes_first>().too_late, 0u);
	EXPECT_GT(of_all<asks_too_early>().too_late, 0u);
}

TEST(lock_entry, NorIsItWithMoreTasks)
{
	constexpr std::uint64_t schedules = 1000;
	unsigned known = 0;

	for (std::uint64_t i = 0; i < schedules; i++) {
		simulator::seeded_schedule schedule(simulator::base_seed() + i);

		const outcome one = run<protocol>(schedule, { 3, 2, 2, 1 });

		known += one.known;
		ASSERT_EQ(one.too_late, 0u) << "VMALOCK_SEED=" << simulator::base_seed() + i;
	}
	EXPECT_GT(known, 0u);
}

TEST(lock_entry, AnIdleCpuAlwaysKnows)
{
	simulator::every_schedule schedule;

	EXPECT_EQ(run<protocol>(schedule, { 4 }).known, 4u);
}

} // namespace
