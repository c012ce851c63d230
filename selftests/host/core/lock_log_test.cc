// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The log of a mmap_lock's holds, bpf/lock_log.bpf.h compiled for the host. Everything in it
 * is done under one lock, so a schedule is an order of whole steps. Each wait is accounted
 * for once: by the waiter, or by the holder that owed its place.
 */
#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "uapi/writer_records.h"

/* What the header has of the kernel and of libbpf. */
#define VMALOCK_MMAP_LOCK_BPF_H
#define __u32 vmalock_u32
#define __u64 vmalock_u64
// clang-format off
#define __uint(name, value) int (*name)[value]
#define __type(name, value) value *name
// clang-format on
#define SEC(name)
#define BPF_MAP_TYPE_ARRAY 2
#define READ_ONCE(x) (x)
namespace {
struct mm_struct {};
struct bpf_spin_lock {};
struct lock_log;
lock_log *bpf_map_lookup_elem(const void *map, const vmalock_u32 *index);
vmalock_u64 clock_ns = 1000;

[[maybe_unused]] vmalock_u64 bpf_ktime_get_ns() { return clock_ns; }
[[maybe_unused]] void bpf_spin_lock(struct bpf_spin_lock *) {}
[[maybe_unused]] void bpf_spin_unlock(struct bpf_spin_lock *) {}
[[maybe_unused]] bool is_queued_for(const mm_struct *) { return true; }
[[maybe_unused]] vmalock_u64 mm_address(const mm_struct *mm) { return reinterpret_cast<vmalock_u64>(mm); }
#include "../../../bpf/lock_log.bpf.h"
} // namespace
#undef __u32
#undef __u64
#undef __uint
#undef __type
#undef SEC
#undef READ_ONCE

namespace {

lock_log logs[LOCK_LOGS];

lock_log *bpf_map_lookup_elem(const void *, const vmalock_u32 *index)
{
	return &logs[*index];
}

constexpr vmalock_u64 mm = 0xffff888000001000, other_mm = 0xffff888000002000;
constexpr vmalock_u32 stack = 7;

vmalock_writer writer(vmalock_u32 kernel_stack = VMALOCK_STACK_NONE)
{
	vmalock_writer result{};

	result.tid = 42;
	result.kernel_stack = kernel_stack;
	return result;
}

struct lock_log_test : testing::Test {
	lock_log_test()
	{
		std::fill(std::begin(logs), std::end(logs), lock_log());
		clock_ns = 2 * LONG_OWED_NS;
		open_log(mm);
	}

	/** A waiter of so many ns behind the hold that ended at @p end_ns, now the last. */
	bool note(vmalock_u64 end_ns, vmalock_u64 ns, vmalock_lock_wait_key *key)
	{
		const vmalock_u32 last = log_of(mm)->next - 1;

		*key = {};
		key->waiter.tgid = static_cast<vmalock_u32>(ns);
		key->holder = writer();
		return note_wait(mm, last, end_ns, key, ns);
	}

	vmalock_lock_wait_key key;
	noted_waits noted;
};

TEST_F(lock_log_test, WhoOwesItsPlaceAccountsForWhoCameMeanwhile)
{
	const vmalock_writer told = writer(stack), untold = writer();

	ASSERT_TRUE(log_hold(mm, &untold, false, true, 10, 20));
	EXPECT_TRUE(note(20, 5, &key));
	settle_place(mm, 20, &told, &noted);
	ASSERT_EQ(noted.count, 1u);
	EXPECT_EQ(noted.waits[0].ns, 5u);
	EXPECT_EQ(noted.waits[0].waiter.tgid, 5u);

	EXPECT_FALSE(note(20, 6, &key));
	EXPECT_EQ(key.holder.kernel_stack, stack);
	settle_place(mm, 20, &told, &noted);
	EXPECT_EQ(noted.count, 0u);
}

TEST_F(lock_log_test, OneHoldAtATimeOwesItsPlace)
{
	const vmalock_writer told = writer(stack), untold = writer();

	ASSERT_TRUE(log_hold(mm, &untold, false, true, 10, 20));
	EXPECT_FALSE(log_hold(mm, &untold, false, true, 20, 30));
	EXPECT_TRUE(log_hold(mm, &told, false, false, 20, 30));
	settle_place(mm, 20, &told, &noted);
	EXPECT_TRUE(log_hold(mm, &untold, false, true, 30, 40));
}

TEST_F(lock_log_test, WaitsWithoutRoomAreTheWaiters)
{
	const vmalock_writer told = writer(stack), untold = writer();

	ASSERT_TRUE(log_hold(mm, &untold, false, true, 10, 20));
	for (int i = 0; i < NOTED_WAITS; i++)
		EXPECT_TRUE(note(20, 1, &key));
	EXPECT_FALSE(note(20, 1, &key));
	EXPECT_EQ(key.holder.kernel_stack, VMALOCK_STACK_NONE);
	settle_place(mm, 20, &told, &noted);
	EXPECT_EQ(noted.count, static_cast<unsigned>(NOTED_WAITS));
}

TEST_F(lock_log_test, APlaceIsToldThoughItsHoldIsNoLongerInTheLog)
{
	const vmalock_writer told = writer(stack), untold = writer();

	ASSERT_TRUE(log_hold(mm, &untold, false, true, 10, 20));
	EXPECT_TRUE(note(20, 5, &key));
	for (int i = 0; i < LOGGED_HOLDS; i++)
		ASSERT_TRUE(log_hold(mm, &told, false, false, 20 + i, 21 + i));
	const vmalock_writer late = writer(9);

	settle_place(mm, 20, &late, &noted);
	EXPECT_EQ(noted.count, 1u);
	for (const logged_hold &hold : log_of(mm)->holds)
		EXPECT_EQ(hold.holder.kernel_stack, stack);
}

TEST_F(lock_log_test, ALogIsNotTakenFromWhoOwesItAPlace)
{
	const vmalock_writer told = writer(stack), untold = writer();

	log_of(other_mm)->mm = mm;	// as if both had the same log
	lock_log &shared = *log_of(other_mm);
	shared.owed.end_ns = clock_ns;
	open_log(other_mm);
	EXPECT_EQ(shared.mm, mm);
	EXPECT_FALSE(log_hold(other_mm, &untold, false, true, 10, 20));
	clock_ns += LONG_OWED_NS + 1;
	open_log(other_mm);
	EXPECT_EQ(shared.mm, other_mm);
	EXPECT_TRUE(log_hold(other_mm, &told, false, true, 10, 20));
}

/** Steps of waiters and of holders that settle or not, in random orders. */
TEST_F(lock_log_test, EachWaitIsAccountedForOnce)
{
	std::mt19937 random(1);
	unsigned by_holders = 0, by_waiters = 0, without_place = 0;

	for (int round = 0; round < 20000; round++) {
		const vmalock_u64 end_ns = ++clock_ns;
		const vmalock_writer told = writer(stack), untold = writer();
		const bool owes = log_hold(mm, &untold, false, true, end_ns - 1, end_ns);
		std::vector<int> steps(random() % 12, 1);	// 1: a waiter ends
		vmalock_u64 waited = 0, accounted = 0;

		ASSERT_TRUE(owes);
		steps.push_back(0);				// 0: the holder settles
		std::shuffle(steps.begin(), steps.end(), random);
		for (const int step : steps) {
			if (step == 0) {
				settle_place(mm, end_ns, &told, &noted);
				for (unsigned i = 0; i < noted.count; i++)
					accounted += noted.waits[i].ns;
				by_holders += noted.count;
				continue;
			}
			const vmalock_u64 ns = random() % 1000;
			waited += ns;
			if (!note(end_ns, ns, &key)) {
				accounted += ns;
				by_waiters++;
				without_place += key.holder.kernel_stack != stack;
			}
		}
		ASSERT_EQ(accounted, waited) << "in round " << round;
	}
	// All three ways were met.
	EXPECT_GT(by_holders, 1000u);
	EXPECT_GT(by_waiters, 1000u);
	EXPECT_GT(without_place, 10u);
	EXPECT_LT(without_place, by_waiters / 4);
}

} // namespace
