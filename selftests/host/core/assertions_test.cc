// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The assertions: their results are compared with an oracle that knows every
 * holder, in every small state of the world.
 */
#include <gtest/gtest.h>

#include <vmalock/verdict.h>
#include "core/assertions.hh"

namespace {

/** Who holds what, as it really is, and what of it can be seen. */
struct world {
	struct vma {};

	bool i_write_mmap, marked, i_read_mmap, others_read_mmap;
	int my_tracked, my_untracked, others_tracked, others_untracked;
	bool lockdep, tracking, readers_visible;
	bool notes_change = false;

	bool consistent() const
	{
		const bool readers = my_tracked || my_untracked || others_tracked || others_untracked;
		return !(i_write_mmap && (i_read_mmap || others_read_mmap)) &&
		       !(i_write_mmap && marked && readers) && (tracking || !(my_tracked || others_tracked));
	}
	bool i_lock() const { return (i_write_mmap && marked) || my_tracked || my_untracked; }
	bool i_stabilise() const { return i_lock() || i_write_mmap || i_read_mmap; }
	/** Nobody has an untracked read lock: what tracking can promise. */
	bool all_tracked() const { return !my_untracked && !others_untracked; }

	vmalock_verdict lockdep_holds_vma(vma *)
	{
		return !lockdep ? VMALOCK_UNKNOWN : my_tracked || my_untracked ? VMALOCK_YES : VMALOCK_NO;
	}
	vmalock_verdict lockdep_holds_mmap(vma *)
	{
		return !lockdep ? VMALOCK_UNKNOWN : i_write_mmap || i_read_mmap ? VMALOCK_YES : VMALOCK_NO;
	}
	bool writes_mmap(vma *) { return i_write_mmap; }
	/** Where the readers of a VMA cannot be seen, they are readers of mmap_lock. */
	bool mmap_is_locked(vma *)
	{
		return i_write_mmap || i_read_mmap || others_read_mmap ||
		       (!readers_visible && (my_tracked || my_untracked || others_tracked || others_untracked));
	}
	bool is_write_locked(vma *) { return marked; }
	long readers(vma *)
	{
		return readers_visible ? my_tracked + my_untracked + others_tracked + others_untracked : -1;
	}
	bool tracks() { return tracking; }
	bool tracked(vma *) { return my_tracked; }
	long tracked_of_others(vma *) { return others_tracked; }
	unsigned long changes() { return notes_change ? ++generation : generation; }

	vmalock_u64 generation = 0;
};

template <class Visit>
void every_world(Visit visit)
{
	for (unsigned bits = 0; bits < 1u << 13; bits++) {
		const auto bit = [bits](int n) { return (bits >> n & 1) != 0; };
		world world{ bit(0), bit(1), bit(2), bit(3), bit(4), bit(5),
			     bit(6) + bit(7), bit(8), bit(9), bit(10), bit(11), bit(12) };
		if (world.consistent())
			visit(world);
	}
}

world::vma vma;

TEST(assertions, NeverAccuseTheInnocentNorAcquitTheGuilty)
{
	every_world([](world &world) {
		ASSERT_NE(vmalock::locked(world, &vma), world.i_lock() ? VMALOCK_NO : VMALOCK_YES);
		ASSERT_NE(vmalock::stabilised(world, &vma), world.i_stabilise() ? VMALOCK_NO : VMALOCK_YES);
	});
}

TEST(assertions, WriteLocksAreKnownExactly)
{
	every_world([](world &world) {
		ASSERT_EQ(vmalock::write_locked(world, &vma),
			  world.i_write_mmap && world.marked ? VMALOCK_YES : VMALOCK_NO);
	});
}

TEST(assertions, LockdepIsExact)
{
	every_world([](world &world) {
		if (!world.lockdep)
			return;
		ASSERT_EQ(vmalock::locked(world, &vma), world.i_lock() ? VMALOCK_YES : VMALOCK_NO);
		ASSERT_EQ(vmalock::stabilised(world, &vma), world.i_stabilise() ? VMALOCK_YES : VMALOCK_NO);
	});
}

TEST(assertions, TrackingIsExactWhereAllLocksAreTracked)
{
	every_world([](world &world) {
		if (!world.tracking || !world.readers_visible || !world.all_tracked() || world.notes_change)
			return;
		ASSERT_EQ(vmalock::locked(world, &vma), world.i_lock() ? VMALOCK_YES : VMALOCK_NO);
	});
}

TEST(assertions, ALockThatNobodyHoldsIsKnownNotToBeHeld)
{
	every_world([](world &world) {
		if (world.readers_visible && !world.notes_change && world.readers(&vma) == 0 &&
		    !world.i_write_mmap) {
			ASSERT_EQ(vmalock::locked(world, &vma), VMALOCK_NO);
		}
		// Without per-VMA locks.
		if (!world.readers_visible && !world.mmap_is_locked(&vma)) {
			ASSERT_EQ(vmalock::locked(world, &vma), VMALOCK_NO);
			ASSERT_EQ(vmalock::stabilised(world, &vma), VMALOCK_NO);
		}
	});
}

/** Who was noted may be another than who was a reader. */
TEST(assertions, NotesThatChangeMeanwhileProveNothing)
{
	every_world([](world &world) {
		if (!world.notes_change || !world.readers_visible || world.lockdep || world.my_tracked ||
		    (world.i_write_mmap && world.marked))
			return;
		ASSERT_EQ(vmalock::locked(world, &vma), VMALOCK_UNKNOWN);
	});
}

/** The bug that tracking is for: another task's lock passes for one's own. */
TEST(assertions, AnotherTasksLockPassesOnlyWithoutTracking)
{
	world other{};

	other.readers_visible = true;
	other.others_untracked = 1;
	EXPECT_EQ(vmalock::locked(other, &vma), VMALOCK_UNKNOWN);
	other.others_untracked = 0;
	other.others_tracked = 1;
	other.tracking = true;
	EXPECT_EQ(vmalock::locked(other, &vma), VMALOCK_NO);
}

} // namespace
