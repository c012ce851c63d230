// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Pages come into the receiver's mapping when a buffer first lies on them.
 */
#pragma once

#include "callers/binder/environment.hh"

namespace vmalock::binder {

inline unsigned long address_of(const binder_slot *slot)
{
	const binder_area *area = slot->area;

	return area->start + (static_cast<unsigned long>(slot - area->slots) << area->page_shift);
}

/** Map the page, if the VMA, which the caller keeps stable, is the area's. */
template <environment E>
binder_result insert_into(E &env, binder_slot *slot, vm_area_struct *vma, page *page)
{
	if (!vma || !env.vma_is_of(vma, slot->area)) {
		env.count(slot->area, VMALOCK_BINDER_INSERT_MISSED);
		return BINDER_NOT_MAPPED;
	}
	return env.vm_insert_page(slot->area, vma, address_of(slot), page);
}

/**
 * The way this driver is about: one call, whatever writers do. Null means that
 * nothing is mapped, and there is nothing to fall back to.
 */
template <environment E>
binder_result insert_new_way(E &env, binder_slot *slot, page *page)
{
	vm_area_struct *vma = env.vma_start_read_unlocked(slot->area, address_of(slot));
	binder_result result = insert_into(env, slot, vma, page);

	if (vma)
		env.vma_end_read(vma);
	env.count(slot->area, VMALOCK_BINDER_INSERT_HELPER);
	return result;
}

/** The way it was: a trylock, and the same once more under mmap_lock. */
template <environment E>
binder_result insert_old_way(E &env, binder_slot *slot, page *page)
{
	vm_area_struct *vma = env.lock_vma_under_rcu(slot->area, address_of(slot));
	binder_result result;

	if (vma) {
		result = insert_into(env, slot, vma, page);
		env.vma_end_read(vma);
		env.count(slot->area, VMALOCK_BINDER_INSERT_TRYLOCK);
		return result;
	}
	env.mmap_read_lock(slot->area);
	vma = env.vma_lookup(slot->area, address_of(slot));
	result = insert_into(env, slot, vma, page);
	env.mmap_read_unlock(slot->area);
	env.count(slot->area, VMALOCK_BINDER_INSERT_MMAP);
	return result;
}

/**
 * The page that another sender mapped first. Its reference is ours.
 *
 * Behind mmap_lock, since get_user_pages_remote() is: no VMA lock may be held.
 */
template <environment E>
page *find_page(E &env, binder_slot *slot)
{
	binder_area *area = slot->area;

	env.mmap_read_lock(area);
	vm_area_struct *vma = env.vma_lookup(area, address_of(slot));
	page *found = vma && env.vma_is_of(vma, area) ? env.get_user_page(area, address_of(slot)) :
							 nullptr;
	env.mmap_read_unlock(area);
	env.count(area, VMALOCK_BINDER_INSERT_FOUND);
	return found;
}

/** Map @p page, or, if another sender was first, get hold of that one's instead. */
template <environment E>
binder_result insert(E &env, binder_slot *slot, page *&page)
{
	binder_result result = slot->area->way == VMALOCK_BINDER_NEW_WAY ?
				       insert_new_way(env, slot, page) :
				       insert_old_way(env, slot, page);

	if (result == BINDER_PAGE_THERE) {
		env.page_free(page);
		page = find_page(env, slot);
		return page ? BINDER_OK : BINDER_NOT_MAPPED;
	}
	if (result != BINDER_OK) {
		env.page_free(page);
		page = nullptr;
	}
	return result;
}

/**
 * Fill an empty slot, as others may be doing at the same time. Of those that mapped
 * the page or found it, the one that publishes it first leaves a reference to the slot.
 *
 * Context: without the mutex; one of the slot's users, and mm_users is held.
 */
template <environment E>
binder_result install(E &env, binder_slot *slot)
{
	// Before the VMA is locked: this may reclaim, and writers would wait for that.
	page *page = env.page_alloc(slot->area);

	if (!page)
		return BINDER_NO_MEMORY;
	binder_result result = insert(env, slot, page);
	if (result != BINDER_OK)
		return result;
	if (env.publish(slot, page))
		env.count(slot->area, VMALOCK_BINDER_INSTALLED);
	else
		env.page_free(page);
	return BINDER_OK;
}

/** See that a slot that the caller uses has a page. Context: without the mutex. */
template <environment E>
binder_result fill_slot(E &env, binder_slot *slot)
{
	if (env.page_of(slot))
		return BINDER_OK;
	if (!env.mmget_not_zero(slot->area))
		return BINDER_NOT_MAPPED;
	binder_result result = install(env, slot);
	env.mmput_async(slot->area);
	return result;
}

/** One buffer more lies on the slot's page, if it has one. Context: the mutex is held. */
template <environment E>
void use(E &env, binder_slot *slot)
{
	if (slot->listed) {
		env.lru_del(slot);
		slot->listed = false;
		env.count(slot->area, VMALOCK_BINDER_REUSED);
	}
	slot->users++;
}

/**
 * One buffer less. A page that nobody uses stays mapped, on the LRU, for the
 * next buffer or the shrinker, whoever comes first. If the LRU does not take
 * it, only the next buffer can have it. Context: the mutex is held.
 */
template <environment E>
void unuse(E &env, binder_slot *slot)
{
	if (--slot->users || !env.page_of(slot))
		return;
	slot->listed = env.lru_add(slot);
	if (!slot->listed)
		env.count(slot->area, VMALOCK_BINDER_UNLISTED);
}

} // namespace vmalock::binder
