// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The area of a file: mapped once, looked at, taken down.
 */
#pragma once

#include "callers/binder/environment.hh"

namespace vmalock::binder {

/** The arrays of an area that is being set up: all of them, or none. */
template <environment E>
bool allocate_arrays(E &env, binder_area *area, vmalock_u32 pages)
{
	area->slots = static_cast<binder_slot *>(
		env.array_alloc(area, pages, sizeof(binder_slot)));
	if (!area->slots)
		return false;
	area->buffers = static_cast<binder_buffer *>(
		env.array_alloc(area, VMALOCK_BINDER_MAX_BUFFERS, sizeof(binder_buffer)));
	if (!area->buffers) {
		env.array_free(area->slots);
		area->slots = nullptr;
		return false;
	}
	for (vmalock_u32 slot = 0; slot < pages; slot++)
		area->slots[slot].area = area;
	area->pages = pages;
	return true;
}

/**
 * Set the area up for the mapping that the running task is making.
 *
 * Context: under mmap_lock for write, so without the mutex. The state keeps
 * others away until all is set up.
 */
template <environment E>
binder_result map(E &env, binder_area *area, unsigned long start, unsigned long bytes,
		  unsigned long first_page, bool writable)
{
	if (writable)
		return BINDER_NOT_PERMITTED;
	if (bytes == 0 || bytes > VMALOCK_BINDER_MAX_BYTES || first_page != 0)
		return BINDER_BAD_ARGUMENT;
	if (!env.change_state(area, BINDER_NEW, BINDER_SETTING_UP))
		return BINDER_MAPPED_BEFORE;
	if (!allocate_arrays(env, area, bytes >> area->page_shift)) {
		env.change_state(area, BINDER_SETTING_UP, BINDER_NEW);
		return BINDER_NO_MEMORY;
	}
	area->start = start;
	env.mmgrab_current(area);
	env.change_state(area, BINDER_SETTING_UP, BINDER_MAPPED);
	return BINDER_OK;
}

/**
 * The area's VMA goes, and none of its pages is mapped any more. Buffers and
 * pages stay until they are freed, reclaimed, or the file goes.
 *
 * Context: under mmap_lock, or in the receiver's exit; without the mutex.
 */
template <environment E>
void unmapped(E &env, binder_area *area)
{
	env.change_state(area, BINDER_MAPPED, BINDER_GONE);
}

/** What there is now. Context: may sleep. */
template <environment E>
void gauges(E &env, binder_area *area, vmalock_binder_stats *stats)
{
	env.mutex_lock(area);
	// Only what mmap() has published: it does not take the mutex.
	const vmalock_u32 pages = env.state(area) >= BINDER_MAPPED ? area->pages : 0;
	for (vmalock_u32 slot = 0; slot < pages; slot++) {
		stats->pages += env.page_of(&area->slots[slot]) != nullptr;
		stats->reclaimable += area->slots[slot].listed;
	}
	stats->buffers = area->buffer_count;
	env.mutex_unlock(area);
}

/** Choose the way for what comes. Context: may sleep. */
template <environment E>
binder_result choose(E &env, binder_area *area, vmalock_u32 way)
{
	if (way >= VMALOCK_BINDER_WAY_NR)
		return BINDER_BAD_ARGUMENT;
	env.mutex_lock(area);
	area->way = way;
	env.mutex_unlock(area);
	return BINDER_OK;
}

/**
 * The file goes: nobody sends any more and nothing is mapped, since both would
 * keep it open. The shrinker may still be at a page; the mutex waits for it.
 *
 * Context: may sleep.
 */
template <environment E>
void destroy(E &env, binder_area *area)
{
	env.mutex_lock(area);
	for (vmalock_u32 number = 0; number < area->pages; number++) {
		binder_slot *slot = &area->slots[number];

		if (slot->listed)
			env.lru_del(slot);
		if (slot->page)
			env.page_free(slot->page);
	}
	env.mutex_unlock(area);
	env.array_free(area->slots);
	env.array_free(area->buffers);
	env.area_put(area);
}

} // namespace vmalock::binder
