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
 * The page goes, from the mapping too if @p vma, kept stable, still has it.
 * Lets go of the lock of the LRU, since unmapping may sleep.
 */
template <environment E>
void take_page(E &env, binder_slot *slot, binder_walk *walk, vm_area_struct *vma)
{
	env.lru_isolate(walk, slot);
	slot->listed = false;
	if (vma)
		env.zap_page(vma, address_of(slot));
	env.page_free(slot->page);
	slot->page = nullptr;
	env.count(slot->area, VMALOCK_BINDER_RECLAIMED);
}

/** With the VMA kept stable: the page goes if the VMA is the area's. */
template <environment E>
bool take_page_from(E &env, binder_slot *slot, binder_walk *walk, vm_area_struct *vma,
		    vmalock_binder_event how)
{
	if (!env.vma_is_of(vma, slot->area))
		return false;
	take_page(env, slot, walk, vma);
	env.count(slot->area, how);
	return true;
}

/** What used to stand behind the trylock, and fails for the same writer. */
template <environment E>
bool reclaim_under_mmap_lock(E &env, binder_slot *slot, binder_walk *walk)
{
	if (!env.mmap_read_trylock(slot->area))
		return false;
	vm_area_struct *vma = env.vma_lookup(slot->area, address_of(slot));
	bool taken = vma && take_page_from(env, slot, walk, vma, VMALOCK_BINDER_RECLAIM_MMAP);
	env.mmap_read_unlock(slot->area);
	return taken;
}

/** The new way is this trylock and nothing else. Context: mm_users is held. */
template <environment E>
bool reclaim_from_vma(E &env, binder_slot *slot, binder_walk *walk)
{
	vm_area_struct *vma = env.lock_vma_under_rcu(slot->area, address_of(slot));

	if (!vma)
		return slot->area->way == VMALOCK_BINDER_OLD_WAY &&
		       reclaim_under_mmap_lock(env, slot, walk);
	bool taken = take_page_from(env, slot, walk, vma, VMALOCK_BINDER_RECLAIM_TRYLOCK);
	env.vma_end_read(vma);
	return taken;
}

/** Context: the mutex is held. */
template <environment E>
bool reclaim_with_mutex(E &env, binder_slot *slot, binder_walk *walk)
{
	binder_area *area = slot->area;

	// Unmapped for good: no page table has the page, no VMA need be asked.
	if (env.state(area) == BINDER_GONE) {
		take_page(env, slot, walk, nullptr);
		env.count(area, VMALOCK_BINDER_RECLAIM_GONE);
		return true;
	}
	if (!env.mmget_not_zero(area)) {
		env.count(area, VMALOCK_BINDER_SKIPPED_MM);
		return false;
	}
	bool taken = reclaim_from_vma(env, slot, walk);
	env.mmput_async(area);
	if (!taken)
		env.count(area, VMALOCK_BINDER_SKIPPED_VMA);
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

	if (!env.mutex_trylock(area)) {
		env.count(area, VMALOCK_BINDER_SKIPPED_MUTEX);
		return false;
	}
	env.area_get(area);
	bool taken = reclaim_with_mutex(env, slot, walk);
	env.mutex_unlock(area);
	env.area_put(area);
	return taken;
}

} // namespace vmalock::binder
