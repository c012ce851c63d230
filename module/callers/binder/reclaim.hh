// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The shrinker: pages that no buffer uses go back to the kernel.
 *
 * It may run anywhere an allocation does, also in a task that holds the mutex
 * or mmap_lock, so it waits for nothing: it tries, and leaves the page if it
 * may not have it now.
 */
#pragma once

#include "callers/binder/install.hh"

namespace vmalock::binder {

/**
 * The page goes, from the mapping too if @p vma, kept stable, still has it. The mutex is
 * taken last, after the VMA: a sender never waits for one with the other held. Lets go
 * of the lock of the LRU, since unmapping may sleep.
 */
template <environment E>
bool take_page(E &env, binder_slot *slot, binder_walk *walk, vm_area_struct *vma,
	       vmalock_binder_event how)
{
	binder_area *area = slot->area;

	if (!env.mutex_trylock(area)) {
		env.count(area, VMALOCK_BINDER_SKIPPED_MUTEX);
		return false;
	}
	env.lru_isolate(walk, slot);
	slot->listed = false;
	if (vma)
		env.zap_page(vma, address_of(slot));
	env.page_free(slot->page);
	slot->page = nullptr;
	env.count(area, VMALOCK_BINDER_RECLAIMED);
	env.count(area, how);
	env.mutex_unlock(area);
	return true;
}

/** With the VMA kept stable: the page may go if the VMA is the area's. */
template <environment E>
bool take_page_from(E &env, binder_slot *slot, binder_walk *walk, vm_area_struct *vma,
		    vmalock_binder_event how)
{
	if (vma && env.vma_is_of(vma, slot->area))
		return take_page(env, slot, walk, vma, how);
	env.count(slot->area, VMALOCK_BINDER_SKIPPED_VMA);
	return false;
}

/** What used to stand behind the trylock, and fails for the same writer. */
template <environment E>
bool reclaim_under_mmap_lock(E &env, binder_slot *slot, binder_walk *walk)
{
	if (!env.mmap_read_trylock(slot->area)) {
		env.count(slot->area, VMALOCK_BINDER_SKIPPED_VMA);
		return false;
	}
	vm_area_struct *vma = env.vma_lookup(slot->area, address_of(slot));
	const bool taken = take_page_from(env, slot, walk, vma, VMALOCK_BINDER_RECLAIM_MMAP);
	env.mmap_read_unlock(slot->area);
	return taken;
}

/** The new way is this trylock and nothing else. Context: mm_users is held. */
template <environment E>
bool reclaim_from_vma(E &env, binder_slot *slot, binder_walk *walk)
{
	vm_area_struct *vma = env.lock_vma_under_rcu(slot->area, address_of(slot));

	if (!vma && slot->area->way == VMALOCK_BINDER_OLD_WAY)
		return reclaim_under_mmap_lock(env, slot, walk);
	const bool taken = take_page_from(env, slot, walk, vma, VMALOCK_BINDER_RECLAIM_TRYLOCK);
	if (vma)
		env.vma_end_read(vma);
	return taken;
}

/** Context: a reference of the area is held. */
template <environment E>
bool reclaim_referenced(E &env, binder_slot *slot, binder_walk *walk)
{
	binder_area *area = slot->area;

	// Unmapped for good: no page table has the page, no VMA need be asked.
	if (env.state(area) == BINDER_GONE)
		return take_page(env, slot, walk, nullptr, VMALOCK_BINDER_RECLAIM_GONE);
	if (!env.mmget_not_zero(area)) {
		env.count(area, VMALOCK_BINDER_SKIPPED_MM);
		return false;
	}
	const bool taken = reclaim_from_vma(env, slot, walk);
	env.mmput_async(area);
	return taken;
}

/**
 * Try to free the page of a slot that the shrinker found on the LRU.
 *
 * As long as the lock of the LRU is held, the slot is on it and the file's
 * end waits for the lock. Once it is dropped, the reference keeps the mutex
 * in memory until it has been let go of completely.
 *
 * Context: reclaim; the lock of the LRU is held.
 * @return whether the page was freed; then the lock of the LRU was let go.
 */
template <environment E>
bool reclaim(E &env, binder_slot *slot, binder_walk *walk)
{
	binder_area *area = slot->area;

	env.area_get(area);
	const bool taken = reclaim_referenced(env, slot, walk);
	env.area_put(area);
	return taken;
}

} // namespace vmalock::binder
