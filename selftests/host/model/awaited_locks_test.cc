// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has the lock that a task sleeps on, and the lock of that task; and who is not named.
 */
#include "model/awaited_locks.hh"

#include <gtest/gtest.h>

namespace vmalock::test {
namespace {

constexpr kernel_object first = 0xffff888000001000, second = 0xffff888000002000;

/** Asleep on @p lock, which @p owner has; 0: nobody. */
blocked_task asleep_on(std::uint32_t tid, kernel_object lock, std::uint32_t owner)
{
	blocked_task result;

	result.tid = tid;
	if (lock)
		result.sleeps_on = {lock, VMALOCK_LOCK_MUTEX, "", owner};
	return result;
}

blocked_task with_lock(blocked_task task, kernel_object lock)
{
	task.owns_locks.push_back(lock);
	return task;
}

std::vector<std::uint32_t> owners_of_first(const blocked_look &look)
{
	std::vector<std::uint32_t> result;

	for (const blocked_task *owner : lock_owners_of(look, look.tasks.front()))
		result.push_back(owner->tid);
	return result;
}

using tids = std::vector<std::uint32_t>;

TEST(awaited_locks, TheOwnerAndItsOwnerAreNamedInTheirOrder)
{
	blocked_look look;

	look.tasks = {asleep_on(1, first, 2), with_lock(asleep_on(3, 0, 0), second),
		      with_lock(asleep_on(2, second, 3), first)};
	EXPECT_EQ(owners_of_first(look), (tids{2, 3}));
}

/** It has let go, or the id is another task's by now. */
TEST(awaited_locks, WhoHasNotTheLockItselfIsNotNamed)
{
	blocked_look look;

	look.tasks = {asleep_on(1, first, 2), asleep_on(2, 0, 0)};
	EXPECT_EQ(owners_of_first(look), tids());
	look.tasks[1].owns_locks = {second};
	EXPECT_EQ(owners_of_first(look), tids());
}

TEST(awaited_locks, WhoSleepsOnTheSameLockIsNotNamed)
{
	blocked_look look;

	look.tasks = {asleep_on(1, first, 2), asleep_on(4, first, 2), with_lock(asleep_on(2, 0, 0), first)};
	EXPECT_EQ(owners_of_first(look), tids{2});
}

/** Readers have it, or it is a semaphore: a task without an id is not its owner. */
TEST(awaited_locks, ALockWithoutAnOwnerHasNone)
{
	blocked_look look;

	look.tasks = {asleep_on(1, first, 0), with_lock(asleep_on(0, 0, 0), first)};
	EXPECT_EQ(owners_of_first(look), tids());
	look.tasks = {asleep_on(1, 0, 0), asleep_on(0, 0, 0)};
	EXPECT_EQ(owners_of_first(look), tids());
}

/** It was met before the task that sleeps on its lock, and met again; it has others too. */
TEST(awaited_locks, WhoWasMetAgainIsNamed)
{
	blocked_look look;

	look.tasks = {asleep_on(1, first, 2), asleep_on(2, 0, 0)};
	look.lock_owners = {with_lock(with_lock(asleep_on(2, 0, 0), second), first)};
	EXPECT_EQ(owners_of_first(look), tids{2});
}

TEST(awaited_locks, ALongChainIsCut)
{
	blocked_look look;

	for (std::uint32_t tid = 1; tid < 100; tid++)
		look.tasks.push_back(with_lock(asleep_on(tid, first + 8 * tid, tid + 1), first + 8 * (tid - 1)));
	EXPECT_EQ(owners_of_first(look).size(), most_lock_owners);
}

TEST(awaited_locks, AChainThatComesBackEnds)
{
	blocked_look look;

	look.tasks = {with_lock(asleep_on(1, first, 2), second), with_lock(asleep_on(2, second, 1), first)};
	EXPECT_EQ(owners_of_first(look), tids{2});
	look.tasks = {asleep_on(1, first, 2), with_lock(asleep_on(2, second, 3), first),
		      with_lock(asleep_on(3, first, 2), second)};
	EXPECT_EQ(owners_of_first(look), (tids{2, 3}));
}

TEST(awaited_locks, Words)
{
	EXPECT_EQ(words_of({}), "");
	EXPECT_EQ(words_of({first, VMALOCK_LOCK_MUTEX, "", 0}), "a mutex");
	EXPECT_EQ(words_of({first, VMALOCK_LOCK_MUTEX, "text_mutex", 0}), "the mutex text_mutex");
	EXPECT_EQ(words_of({first, VMALOCK_LOCK_SEMAPHORE, "", 0}), "a semaphore");
	EXPECT_EQ(words_of({first, VMALOCK_LOCK_RWSEM_READ, "", 0}), "an rwsem, to read");
	EXPECT_EQ(words_of({first, VMALOCK_LOCK_RWSEM_WRITE, "uts_sem", 0}), "the rwsem uts_sem, to write");
}

} // namespace
} // namespace vmalock::test
