// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Calls that have a fault: module/core's own code, over the kernel with one operation
 * broken. Each is a mistake that somebody could make, and safe to be seen: what it
 * locks wrongly it gives back before anything is freed.
 */
#pragma once

#include "core/next_vma.hh"
#include "core/vma_lock.hh"
#include "torture/busted.h"
#include "torture/draws.hh"
#include "torture/environment.h"
#if defined(VMALOCK_RWSEM)
#include "core/rwsem_trylock.hh"
#elif defined(VMALOCK_REFCOUNT)
#include "core/refcount_trylock.hh"
#endif

namespace vmalock::torture {

/** One in so many is forgotten. */
constexpr vmalock_u32 forgotten_vma = 256, forgotten_mmap_lock = 16;
/** Between a look and what follows from it, for somebody to come between. */
constexpr vmalock_u32 longest_delay_us = 50;
/** The same for two changes to come, one after the other: this one sleeps. */
constexpr vmalock_u32 delay_of_two_us = 2000;

/** The environment of core/environment.hh, with nothing broken and nothing counted. */
struct sound {
	using mm = mm_struct;
	using vma = vm_area_struct;

	sound(draws &draw, vmalock_torture_region *region) : draw(draw), region(region) {}

#ifdef VMALOCK_NONE
	static constexpr bool vma_lock_is_mmap_lock = true;
#else
	static constexpr bool vma_lock_is_mmap_lock = false;
#endif

	vma *lock_vma_under_rcu(mm *mm, unsigned long address) { return vmalock_torture_env_trylock(mm, address); }
	void mmap_read_lock(mm *mm) { vmalock_torture_env_mmap_read_lock(mm); }
	bool mmap_read_lock_killable(mm *mm) { return vmalock_torture_env_mmap_read_lock_killable(mm); }
	bool mmap_read_trylock(mm *mm) { return vmalock_torture_env_mmap_read_trylock(mm); }
	void mmap_read_unlock(mm *mm) { vmalock_torture_env_mmap_read_unlock(mm); }
	vma *vma_lookup(mm *mm, unsigned long address) { return vmalock_torture_env_vma_lookup(mm, address); }
	bool vma_start_read_locked(vma *vma) { return vmalock_torture_env_vma_start_read_locked(vma); }
	void vma_end_read(vma *vma) { vmalock_torture_env_end_read(vma); }
	vmalock_u64 now() { return 0; }
	void waiting(mm *, unsigned long) {}
	void finished(mm *, unsigned long, const lock_result<vma> &) {}
	void released(vma *) {}

	unsigned long next_mapped(mm *mm, unsigned long address, unsigned long end)
	{
		return vmalock_torture_env_next_mapped(mm, address, end);
	}
	unsigned long vma_start(vma *vma) { return vmalock_torture_env_start_of(vma); }
	bool mmap_lock_speculate_try_begin(mm *mm, unsigned &) { return vmalock_torture_env_speculate(mm); }
	bool mmap_lock_speculate_retry(mm *, unsigned &) { return true; }
	vma *find_vma_intersection(mm *mm, unsigned long address, unsigned long end)
	{
		return vmalock_torture_env_find_vma_intersection(mm, address, end);
	}

	draws &draw;
	vmalock_torture_region *const region;
	/** The VMA was locked by a broken trylock: under RCU, and in no account. */
	bool is_raw = false;
};

/** Seed 001's mistake: what the trylock returned is what there is. */
struct no_lookup : sound {
	using sound::sound;
	vma *vma_lookup(mm *, unsigned long) { return nullptr; }
};

/** find_vma() finds what ends above the address, and need not begin below it. */
struct no_range_check : sound {
	using sound::sound;
	vma *vma_lookup(mm *mm, unsigned long address) { return vmalock_torture_env_find_vma(mm, address); }
};

/** Nothing is asked after the walk, however long it took. */
struct no_retry : sound {
	using sound::sound;
	unsigned long next_mapped(mm *mm, unsigned long address, unsigned long end)
	{
		const unsigned long found = sound::next_mapped(mm, address, end);

		vmalock_torture_env_hold(draw.below(delay_of_two_us));
		return found;
	}
	bool mmap_lock_speculate_retry(mm *, unsigned &) { return false; }
};

struct forgets_mmap_lock : sound {
	using sound::sound;
	void mmap_read_unlock(mm *mm)
	{
		if (draw.below(forgotten_mmap_lock) || !vmalock_torture_env_forget_mmap_lock(region))
			sound::mmap_read_unlock(mm);
	}
};

/** Where nothing is mapped it never succeeds. */
struct retries_forever : sound {
	using sound::sound;
	vma *lock_vma_under_rcu(mm *mm, unsigned long address)
	{
		vma *locked = nullptr;

		while (!vmalock_torture_env_stopping(region) && !(locked = sound::lock_vma_under_rcu(mm, address)))
			vmalock_torture_env_resched();
		return locked;
	}
};

#if defined(VMALOCK_RWSEM) || defined(VMALOCK_REFCOUNT)
/**
 * The trylock, with what it asks of the sequence numbers left out or turned round. A
 * writer may be at work on what it locks. That is not freed before it is released: where
 * the lock is an rwsem RCU sees to it, elsewhere who detaches it waits for the count.
 */
template <bool FirstLook, bool SecondLook, bool Inverted = false> struct raw_trylock : sound {
	using sound::sound;
	/** Turned round it succeeds only while a writer is at work, which is seldom. */
	static constexpr int tries = Inverted ? 100 : 1;

	vma *lock_vma_under_rcu(mm *mm, unsigned long address)
	{
		vma *locked = nullptr;

		for (int i = 0; i < tries && !locked; i++)
			locked = lock_once(mm, address);
		return locked;
	}

	vma *lock_once(mm *mm, unsigned long address)
	{
		vmalock_torture_env_rcu_read_lock();
		vma *locked = try_lock(mm, address);
		is_raw = locked;
		if (!locked)
			vmalock_torture_env_rcu_read_unlock();
#ifdef VMALOCK_REFCOUNT
		if (dropped)
			vmalock_torture_env_drop_mm(dropped);
		dropped = nullptr;
#endif
		return locked;
	}

	void rcu_read_lock() { vmalock_torture_env_rcu_read_lock(); }
	void rcu_read_unlock() { vmalock_torture_env_rcu_read_unlock(); }
	vma *mas_walk(mm *mm, unsigned long address)
	{
		has_it = false;
		return vmalock_torture_env_mas_walk(mm, address);
	}
	bool vma_covers(vma *vma, unsigned long address) { return vmalock_torture_env_vma_covers(vma, address); }
	void vma_end_read(vma *vma) { vmalock_torture_env_raw_end_read(vma); }
	bool vma_is_write_locked(mm *mm, vma *vma)
	{
		if (!(has_it ? SecondLook : FirstLook))
			return false;
		return vmalock_torture_env_is_write_locked(mm, vma) != Inverted;
	}

#if defined(VMALOCK_RWSEM)
	bool vma_start_read(vma *vma)
	{
		if (vma_is_write_locked(vmalock_torture_env_mm(region), vma))
			return false;
		vmalock_torture_env_delay(draw.below(longest_delay_us));
		has_it = vmalock_torture_env_take(vma);
		if (has_it && vma_is_write_locked(vmalock_torture_env_mm(region), vma)) {
			vma_end_read(vma);
			return false;
		}
		return has_it;
	}
	bool vma_is_detached(vma *vma) { return vmalock_torture_env_is_detached(vma); }

private:
	vma *try_lock(mm *mm, unsigned long address) { return vmalock::lock_vma_under_rcu(*this, mm, address); }

#else
	reference take_reference(vma *vma)
	{
		int before;

		vmalock_torture_env_delay(draw.below(longest_delay_us));
		has_it = vmalock_torture_env_take_reference(vma, &before);
		return what_came(has_it, before);
	}
	bool belongs_to(vma *vma, mm *mm) { return vmalock_torture_env_belongs_to(vma, mm); }
	mm *grab_mm_of(vma *vma) { return vmalock_torture_env_grab_mm_of(vma); }
	/** Not yet: we are still under RCU. */
	void drop_mm(mm *mm) { dropped = mm; }

private:
	vma *try_lock(mm *mm, unsigned long address) { return lock_vma_by_reference(*this, mm, address); }

	mm *dropped = nullptr;
#endif
	bool has_it = false;
};

using no_sequence = raw_trylock<false, false>;
using no_second_look = raw_trylock<true, false>;
using inverted = raw_trylock<true, true, true>;
#else /* there is no sequence number to ask */
using no_sequence = sound;
using no_second_look = sound;
using inverted = sound;
#endif

struct locked_vma {
	vm_area_struct *vma;
	bool is_raw;
};

/** The VMA that covers @p address, or none. */
template <class E> locked_vma lock_by(draws &draw, vmalock_torture_region *region, vmalock_u64 address)
{
	E env(draw, region);

	const auto result = vma_start_read_unlocked(env, vmalock_torture_env_mm(region), address, wait::uninterruptible);
	return { result.vma, env.is_raw };
}

/** The first VMA of a range, or none. */
template <class E>
locked_vma lock_next_by(draws &draw, vmalock_torture_region *region, vmalock_u64 address, vmalock_u64 end)
{
	E env(draw, region);

	return { vma_start_read_next(env, vmalock_torture_env_mm(region), address, end, wait::uninterruptible).vma, false };
}

} // namespace vmalock::torture
