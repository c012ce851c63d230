// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The protocol bound to the kernel: the environment that the C boundary
 * provides, and the functions that boundary/main.c exports.
 */
#include "boundary/environment.h"
#include "core/vma_lock.hh"
#ifdef VMALOCK_RWSEM
#include "core/trylock.hh"
#endif

namespace {

struct kernel {
	using mm = mm_struct;
	using vma = vm_area_struct;

#ifdef VMALOCK_RWSEM
	void rcu_read_lock() { vmalock_env_rcu_read_lock(); }
	void rcu_read_unlock() { vmalock_env_rcu_read_unlock(); }
	vma *mas_walk(mm *mm, unsigned long address) { return vmalock_env_mas_walk(mm, address); }
	bool vma_start_read(vma *vma) { return vmalock_env_vma_start_read(vma); }
	void vma_end_read(vma *vma) { vmalock_env_vma_end_read(vma); }
	bool vma_is_detached(vma *vma) { return vmalock_env_vma_is_detached(vma); }
	bool vma_covers(vma *vma, unsigned long address) { return vmalock_env_vma_covers(vma, address); }
	vma *lock_vma_under_rcu(mm *mm, unsigned long address)
	{
		return vmalock::lock_vma_under_rcu(*this, mm, address);
	}
#else
	vma *lock_vma_under_rcu(mm *mm, unsigned long address) { return ::lock_vma_under_rcu(mm, address); }
#endif
	void mmap_read_lock(mm *mm) { vmalock_env_mmap_read_lock(mm); }
	bool mmap_read_lock_killable(mm *mm) { return vmalock_env_mmap_read_lock_killable(mm); }
	void mmap_read_unlock(mm *mm) { vmalock_env_mmap_read_unlock(mm); }
	vma *vma_lookup(mm *mm, unsigned long address) { return vmalock_env_vma_lookup(mm, address); }
	bool vma_start_read_locked(vma *vma) { return vmalock_env_vma_start_read_locked(vma); }
	void count(vmalock_outcome outcome) { vmalock_env_count(outcome); }
};

} // namespace

#ifdef VMALOCK_RWSEM
vm_area_struct *vmalock_lock_vma_under_rcu(mm_struct *mm, unsigned long address)
{
	return kernel{}.lock_vma_under_rcu(mm, address);
}
#endif

vm_area_struct *vmalock_vma_start_read_unlocked(mm_struct *mm, unsigned long address)
{
	kernel env;

	return vmalock::vma_start_read_unlocked(env, mm, address,
						vmalock::wait::uninterruptible).vma;
}

vm_area_struct *vmalock_vma_start_read_unlocked_killable(mm_struct *mm, unsigned long address)
{
	kernel env;
	auto result = vmalock::vma_start_read_unlocked(env, mm, address,
						       vmalock::wait::killable);

	if (result.outcome == VMALOCK_OUTCOME_INTERRUPTED)
		return vmalock_env_err_ptr_eintr();
	return result.vma;
}
