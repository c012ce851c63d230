// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The table of owners and the assertions that ask it, while others lock and let go:
 * under every schedule of their atomic operations no holder is told that it is none.
 */
#include <memory>

#include <gtest/gtest.h>

#include "boundary/owner.h"
#include "core/assertions.hh"
#include "stepping.hh"

namespace {

/** A place in the table that nobody ever has is no step. */
template <class T>
T step_load(const T *from, int order)
{
	if (__atomic_load_n(from, __ATOMIC_RELAXED))
		stepping::tasks::point();
	return __atomic_load_n(from, order);
}

template <class T, class Value>
void step_store(T *to, Value value, int order)
{
	stepping::tasks::point();
	__atomic_store_n(to, static_cast<T>(value), order);
}

template <class T>
T step_add(T *to, T value, int order)
{
	stepping::tasks::point();
	return __atomic_fetch_add(to, value, order);
}

} // namespace

/** The table's source once more, its atomic operations as steps. */
namespace stepped {
#define __atomic_load_n(from, order) step_load(from, order)
#define __atomic_store_n(to, value, order) step_store(to, value, order)
#define __atomic_fetch_add(to, value, order) step_add(to, static_cast<unsigned long>(value), order)
#include "core/owners.hh"
#undef __atomic_load_n
#undef __atomic_store_n
#undef __atomic_fetch_add
} // namespace stepped

namespace {

using stepped::vmalock::owners;

/** As remove() once was: the number changes first. */
struct changes_first : owners {
	void remove(const void *task, const void *vma)
	{
		entry *held = find(task, vma);

		step_add(&changes_, 1ul, __ATOMIC_SEQ_CST);
		step_store(&held->vma, nullptr, __ATOMIC_RELAXED);
		step_store(&held->task, nullptr, __ATOMIC_RELEASE);
	}
};

/** As remove() would be without the number. */
struct changes_never : owners {
	void remove(const void *task, const void *vma)
	{
		entry *held = find(task, vma);

		step_store(&held->vma, nullptr, __ATOMIC_RELAXED);
		step_store(&held->task, nullptr, __ATOMIC_RELEASE);
	}
};

constexpr char vma_object = 0, tasks[3] = {};
const void *const my_vma = &vma_object, *const me = &tasks[0];

template <class Owners>
struct world {
	using vma = const void;

	std::unique_ptr<Owners> table = std::make_unique<Owners>();
	long locks = 0;

	vmalock_verdict lockdep_holds_vma(vma *) { return VMALOCK_UNKNOWN; }
	vmalock_verdict lockdep_holds_mmap(vma *) { return VMALOCK_UNKNOWN; }
	bool writes_mmap(vma *) { return false; }
	bool mmap_is_locked(vma *) { return false; }
	bool is_write_locked(vma *) { return false; }
	long readers(vma *)
	{
		stepping::tasks::point();
		return locks;
	}
	bool tracks() { return true; }
	bool tracked(vma *vma) { return table->holds(me, vma); }
	long tracked_of_others(vma *vma) { return table->held_by_others(me, vma); }
	unsigned long changes() { return table->changes(); }

	void lock(const void *task)
	{
		vmalock_owner owner = {};

		owner.task = task;
		owner.vma = my_vma;
		stepping::tasks::point();
		locks++;
		table->add(owner);
	}
	void unlock(const void *task)
	{
		table->remove(task, my_vma);
		stepping::tasks::point();
		locks--;
	}
};

struct answers {
	unsigned no = 0, unknown = 0;
};

/** Ask whether I hold the VMA while another task lets go of it, and maybe a third locks it. */
template <class Owners>
void ask(simulator::schedule &schedule, bool i_hold, bool third, answers &sum)
{
	world<Owners> world;
	vmalock_verdict verdict = VMALOCK_YES;

	world.locks = i_hold;	// by the kernel's own call: not in the table
	world.lock(&tasks[1]);
	std::vector<std::function<void()>> bodies = {
		[&] { verdict = vmalock::locked(world, my_vma); },
		[&] { world.unlock(&tasks[1]); },
	};
	if (third)
		bodies.push_back([&] { world.lock(&tasks[2]); });
	stepping::tasks::run(schedule, bodies);
	EXPECT_NE(verdict, VMALOCK_YES);
	sum.no += verdict == VMALOCK_NO;
	sum.unknown += verdict == VMALOCK_UNKNOWN;
}

/** Under every schedule there is. */
template <class Owners>
answers ask_of_two(bool i_hold)
{
	simulator::every_schedule schedule;
	answers sum;

	do {
		ask<Owners>(schedule, i_hold, false, sum);
	} while (schedule.next());
	return sum;
}

/** Under some: there are millions. */
template <class Owners>
answers ask_of_three(bool i_hold)
{
	constexpr std::uint64_t schedules = 500;
	answers sum;

	for (std::uint64_t i = 0; i < schedules; i++) {
		simulator::seeded_schedule schedule(simulator::base_seed() + i);

		ask<Owners>(schedule, i_hold, true, sum);
	}
	return sum;
}

TEST(owners_race, AHolderIsNeverToldThatItIsNone)
{
	EXPECT_EQ(ask_of_two<owners>(true).no, 0u);
	EXPECT_EQ(ask_of_three<owners>(true).no, 0u) << "VMALOCK_SEED=" << simulator::base_seed();
}

TEST(owners_race, WhoHoldsNothingIsToldSoUnlessOthersChange)
{
	const answers answers = ask_of_two<owners>(false);

	EXPECT_GT(answers.no, 0u);
	EXPECT_GT(answers.unknown, 0u);
}

TEST(owners_race, TheNumberMustChangeAfterTheHoldIsStruckOut)
{
	EXPECT_GT(ask_of_two<changes_first>(true).no, 0u);
	EXPECT_GT(ask_of_two<changes_never>(true).no, 0u);
}

} // namespace
