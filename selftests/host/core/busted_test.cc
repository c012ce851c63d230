// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Proof that the checker can fail: code with a bug that somebody could write,
 * made by laying one broken operation over the environment, must be caught,
 * and for what it is.
 */
#include <gtest/gtest.h>

#include "checker.hh"
#include "scenarios.hh"

namespace {

using namespace simulator;
using vmalock::wait;

/** What the checker says first about @p Environment; empty if it is content. */
template <class Environment>
std::string complaint()
{
	for (const scenario &scenario : small_scenarios) {
		for (wait how : { wait::uninterruptible, wait::killable }) {
			try {
				under_every_schedule(scenario, [&](simulation &sim) {
					check_call<Environment>(sim, how);
				});
			} catch (const violation &caught) {
				std::string what = caught.what();
				return what.substr(0, what.find('\n'));
			}
		}
	}
	return "";
}

using kernel = kernel_trylock<>;

/** The bug that review found upstream: the slow path uses the trylock's null. */
struct looks_nothing_up : kernel {
	using kernel::kernel;
	vma *vma_lookup(mm *, unsigned long) { return nullptr; }
};

TEST(busted, SlowPathReusesTheNullOfTheTrylock)
{
	EXPECT_EQ(complaint<looks_nothing_up>(),
		  "unmapped, it says, but it was mapped all the time");
}

struct forgets_mmap_lock : kernel {
	using kernel::kernel;
	void mmap_read_unlock(mm *) {}
};

TEST(busted, SlowPathForgetsToDropMmapLock)
{
	EXPECT_EQ(complaint<forgets_mmap_lock>(), "mmap_lock is still held");
}

struct takes_no_mmap_lock : kernel {
	using kernel::kernel;
	void mmap_read_lock(mm *) {}
	void mmap_read_unlock(mm *) {}
};

TEST(busted, SlowPathTakesNoMmapLock)
{
	EXPECT_EQ(complaint<takes_no_mmap_lock>(), "vma_lookup() without mmap_lock");
}

struct drops_mmap_lock_early : kernel {
	using kernel::kernel;
	vma *vma_lookup(mm *mm, unsigned long address)
	{
		vma *found = kernel::vma_lookup(mm, address);
		kernel::mmap_read_unlock(mm);
		return found;
	}
	void mmap_read_unlock(mm *) {}
};

TEST(busted, SlowPathDropsMmapLockBeforeItHasTheVma)
{
	EXPECT_EQ(complaint<drops_mmap_lock_early>(),
		  "vma_start_read_locked() without mmap_lock");
}

struct locks_nothing : kernel {
	using kernel::kernel;
	bool vma_start_read_locked(vma *) { return true; }
};

TEST(busted, SlowPathReturnsAVmaItHasNotLocked)
{
	EXPECT_EQ(complaint<locks_nothing>(),
		  "finished() with a VMA that is not locked");
}

struct ignores_the_signal : kernel {
	using kernel::kernel;
	bool mmap_read_lock_killable(mm *mm)
	{
		kernel::mmap_read_lock_killable(mm);
		return true;
	}
};

TEST(busted, KillableWaitGoesOnWithoutTheLock)
{
	EXPECT_EQ(complaint<ignores_the_signal>(), "vma_lookup() without mmap_lock");
}

struct drops_what_it_has_not : kernel {
	using kernel::kernel;
	bool mmap_read_lock_killable(mm *mm)
	{
		bool locked = kernel::mmap_read_lock_killable(mm);
		if (!locked)
			kernel::mmap_read_unlock(mm);
		return locked;
	}
};

TEST(busted, KillableWaitDropsALockItDidNotGet)
{
	EXPECT_EQ(complaint<drops_what_it_has_not>(),
		  "mmap_read_unlock() without mmap_read_lock()");
}

struct counts_twice : kernel {
	using kernel::kernel;
	void finished(mm *mm, unsigned long address, const vmalock::lock_result<vma> &result)
	{
		kernel::finished(mm, address, result);
		kernel::finished(mm, address, { nullptr, result.outcome, result.waited_ns });
	}
};

TEST(busted, CountsTwice)
{
	EXPECT_EQ(complaint<counts_twice>(), "the call was not counted once, as what it was");
}

struct forgets_to_strike_out : kernel {
	using kernel::kernel;
	void released(vma *) {}
};

TEST(busted, LeavesAReleasedLockInTheBooks)
{
	EXPECT_EQ(complaint<forgets_to_strike_out>(), "the books hold a lock that was released");
}

/** Drops the only lock there is and returns the VMA all the same. */
struct drops_mmap_lock : no_vma_lock {
	using no_vma_lock::no_vma_lock;
	static constexpr bool vma_lock_is_mmap_lock = false;
};

TEST(busted, WithoutVmaLocksDropsMmapLock)
{
	EXPECT_EQ(complaint<drops_mmap_lock>(), "mmap_lock is still held");
}

struct keeps_mmap_lock : kernel {
	using kernel::kernel;
	static constexpr bool vma_lock_is_mmap_lock = true;
};

TEST(busted, WithVmaLocksKeepsMmapLock)
{
	EXPECT_EQ(complaint<keeps_mmap_lock>(), "mmap_lock is not held");
}

struct tries_for_ever : kernel {
	using kernel::kernel;
	vma *lock_vma_under_rcu(mm *mm, unsigned long address)
	{
		for (;;)
			if (vma *locked = kernel::lock_vma_under_rcu(mm, address))
				return locked;
	}
};

TEST(busted, TriesForEver)
{
	EXPECT_EQ(complaint<tries_for_ever>(), "the call does not come to an end");
}

struct walks_again_for_ever : operations {
	using operations::operations;
	vma *mas_walk(mm *mm, unsigned long address)
	{
		for (;;)
			if (vma *found = operations::mas_walk(mm, address))
				return found;
	}
};

TEST(busted, WalksAgainForEver)
{
	EXPECT_EQ(complaint<rebuilt_trylock<walks_again_for_ever>>(),
		  "the call does not come to an end");
}

struct skips_range_check : operations {
	using operations::operations;
	bool vma_covers(vma *, unsigned long) { return true; }
};

TEST(busted, TrylockSkipsTheRangeCheck)
{
	EXPECT_EQ(complaint<rebuilt_trylock<skips_range_check>>(),
		  "the VMA returned is not the one at the address");
}

struct skips_detached_check : operations {
	using operations::operations;
	bool vma_is_detached(vma *) { return false; }
};

TEST(busted, TrylockSkipsTheDetachedCheck)
{
	EXPECT_EQ(complaint<rebuilt_trylock<skips_detached_check>>(),
		  "the VMA returned is not the one at the address");
}

/** Asks first and locks then: what it was told is stale by the time it locks. */
struct checks_before_it_locks : operations {
	using operations::operations;
	bool vma_start_read(vma *vma)
	{
		detached = !vma->attached;
		covers = vma->covers(sim.address);
		return operations::vma_start_read(vma);
	}
	bool vma_is_detached(vma *) { return detached; }
	bool vma_covers(vma *, unsigned long) { return covers; }
	bool detached = false, covers = true;
};

TEST(busted, TrylockChecksBeforeItLocks)
{
	EXPECT_EQ(complaint<rebuilt_trylock<checks_before_it_locks>>(),
		  "the VMA returned is not the one at the address");
}

struct keeps_the_wrong_vma : operations {
	using operations::operations;
	void vma_end_read(vma *vma)
	{
		if (!sim.counted.empty())
			operations::vma_end_read(vma);
	}
};

TEST(busted, TrylockKeepsTheWrongVmaLocked)
{
	EXPECT_EQ(complaint<rebuilt_trylock<keeps_the_wrong_vma>>(),
		  "mmap_lock taken with a VMA lock held");
}

/** Believes what it was told before it had the reference. */
struct asks_once : counted_operations {
	using counted_operations::counted_operations;
	bool vma_is_write_locked(address_space *space, vma *vma)
	{
		return !vma->callers && counted_operations::vma_is_write_locked(space, vma);
	}
};

TEST(busted, ByReferenceDoesNotAskAgainForAWriter)
{
	EXPECT_EQ(complaint<counted_trylock<asks_once>>(), "the VMA returned is not the one at the address");
}

struct takes_anybodys : counted_operations {
	using counted_operations::counted_operations;
	bool belongs_to(vma *vma, address_space *space)
	{
		counted_operations::belongs_to(vma, space);
		return true;
	}
};

TEST(busted, ByReferenceTakesAnotherMmsVma)
{
	EXPECT_EQ(complaint<counted_trylock<takes_anybodys>>(), "another mm's VMA is used");
}

/** The bug that upstream had: who is to be woken may be gone. */
struct keeps_no_mm : counted_operations {
	using counted_operations::counted_operations;
	address_space *grab_mm_of(vma *) { return &space; }
};

TEST(busted, ByReferenceWakesAnMmThatMayBeGone)
{
	EXPECT_EQ(complaint<counted_trylock<keeps_no_mm>>(),
		  "a reference to another mm's VMA given back without keeping that mm");
}

struct forgets_rcu : operations {
	using operations::operations;
	void rcu_read_unlock() {}
};

TEST(busted, TrylockStaysInsideRcu)
{
	EXPECT_EQ(complaint<rebuilt_trylock<forgets_rcu>>(), "the RCU read section was not left");
}

/** RCU is left between the walk and the lock: the VMA may be gone by then. */
struct leaves_rcu_early : operations {
	using operations::operations;
	vma *mas_walk(mm *mm, unsigned long address)
	{
		vma *found = operations::mas_walk(mm, address);
		operations::rcu_read_unlock();
		return found;
	}
	void rcu_read_unlock() {}
};

TEST(busted, TrylockLeavesRcuBeforeItLocks)
{
	EXPECT_EQ(complaint<rebuilt_trylock<leaves_rcu_early>>(),
		  "vma_start_read() of a freed VMA");
}

} // namespace
