// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The environments that the C boundary provides, for one calling module, and
 * the books that all calls share.
 */
#pragma once

#include "boundary/environment.h"
#include "core/callers.hh"
#include "core/environment.hh"
#include "core/owners.hh"
#include "core/wait_bucket.hh"
#if defined(VMALOCK_RWSEM)
#include "core/rwsem_trylock.hh"
#elif defined(VMALOCK_REBUILT)
#include "core/refcount_trylock.hh"
#endif

namespace vmalock {

extern callers all_callers;
/** Null unless owners are tracked; set once, when the module is loaded. */
extern owners *all_owners;

struct kernel {
	using mm = mm_struct;
	using vma = vm_area_struct;

#ifdef VMALOCK_NONE
	static constexpr bool vma_lock_is_mmap_lock = true;
#else
	static constexpr bool vma_lock_is_mmap_lock = false;
#endif

	explicit kernel(const module *caller)
		: caller(all_callers.place_of(caller, [caller] { return vmalock_env_module_name(caller); }))
	{
	}

#if defined(VMALOCK_RWSEM) || defined(VMALOCK_REBUILT)
	void rcu_read_lock() { vmalock_env_rcu_read_lock(); }
	void rcu_read_unlock() { vmalock_env_rcu_read_unlock(); }
	vma *mas_walk(mm *mm, unsigned long address) { return vmalock_env_mas_walk(mm, address); }
	bool vma_covers(vma *vma, unsigned long address) { return vmalock_env_vma_covers(vma, address); }
#endif
#if defined(VMALOCK_RWSEM)
	bool vma_start_read(vma *vma) { return vmalock_env_vma_start_read(vma); }
	bool vma_is_detached(vma *vma) { return vmalock_env_vma_is_detached(vma); }
	vma *lock_vma_under_rcu(mm *mm, unsigned long address)
	{
		return vmalock::lock_vma_under_rcu(*this, mm, address);
	}
#elif defined(VMALOCK_REBUILT)
	bool vma_is_write_locked(mm *mm, vma *vma) { return vmalock_env_vma_is_write_locked(mm, vma); }
	reference take_reference(vma *vma)
	{
		int before;
		const bool taken = vmalock_env_take_reference(vma, &before);

		return what_came(taken, before);
	}
	bool belongs_to(vma *vma, mm *mm) { return vmalock_env_mm_of(vma) == mm; }
	mm *grab_mm_of(vma *vma) { return vmalock_env_grab_mm_of(vma); }
	void drop_mm(mm *mm) { vmalock_env_drop_mm(mm); }
	vma *lock_vma_under_rcu(mm *mm, unsigned long address)
	{
		return lock_vma_by_reference(*this, mm, address);
	}
#else
	vma *lock_vma_under_rcu(mm *mm, unsigned long address)
	{
		return vmalock_env_lock_vma_under_rcu(mm, address);
	}
#endif
	void vma_end_read(vma *vma) { vmalock_env_vma_end_read(vma); }
	void mmap_read_lock(mm *mm) { vmalock_env_mmap_read_lock(mm); }
	bool mmap_read_lock_killable(mm *mm) { return vmalock_env_mmap_read_lock_killable(mm); }
	bool mmap_read_trylock(mm *mm) { return vmalock_env_mmap_read_trylock(mm); }
	void mmap_read_unlock(mm *mm) { vmalock_env_mmap_read_unlock(mm); }
	vma *vma_lookup(mm *mm, unsigned long address) { return vmalock_env_vma_lookup(mm, address); }
	bool vma_start_read_locked(vma *vma) { return vmalock_env_vma_start_read_locked(vma); }

	unsigned long next_mapped(mm *mm, unsigned long address, unsigned long end)
	{
		return vmalock_env_next_mapped(mm, address, end);
	}
	unsigned long vma_start(vma *vma) { return vmalock_env_start(vma); }
	bool mmap_lock_speculate_try_begin(mm *mm, unsigned &sequence)
	{
		return vmalock_env_mmap_lock_speculate_try_begin(mm, &sequence);
	}
	bool mmap_lock_speculate_retry(mm *mm, unsigned &sequence)
	{
		return vmalock_env_mmap_lock_speculate_retry(mm, sequence);
	}
	vma *find_vma_intersection(mm *mm, unsigned long address, unsigned long end)
	{
		return vmalock_env_find_vma_intersection(mm, address, end);
	}

	vmalock_u64 now() { return vmalock_env_now(); }

	void waiting(mm *mm, unsigned long address)
	{
		vmalock_env_waiting(caller, mm, address);
	}

	void finished(mm *mm, unsigned long address, const lock_result<vma> &result)
	{
		vmalock_env_finished(caller, mm, address, result.outcome, result.waited_ns);
		if (result.waited_ns) [[unlikely]]
			vmalock_env_count_wait(caller, wait_bucket(result.waited_ns));
		if (all_owners) [[unlikely]]
			acquired(result.vma, caller);
	}

	void released(vma *vma)
	{
		vmalock_env_released(caller, vma);
		if (all_owners) [[unlikely]]
			strike_out(vma);
	}

private:
	// Of their own: they need registers and a stack that the others do without.
	[[gnu::noinline]] static void strike_out(vma *vma)
	{
		all_owners->remove(vmalock_env_current(), vma);
	}

	/** @p vma is null if there was none to lock. */
	[[gnu::noinline]] static void acquired(vma *vma, unsigned caller)
	{
#ifndef VMALOCK_STEPS_ASIDE
		vmalock_owner owner = {};

		if (!vma)
			return;
		vmalock_env_describe(vma, &owner);
		owner.caller = caller;
		all_owners->add(owner);
#else
		// The kernel's own vma_end_read() will release it.
		(void)vma;
		(void)caller;
#endif
	}

	const unsigned caller;
};

} // namespace vmalock
