// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Space in the area: buffers in one array, sorted by offset, first fit. Plain
 * arithmetic under the file's mutex.
 */
#pragma once

#include "callers/binder/environment.h"

namespace vmalock::binder {

inline vmalock_u32 area_bytes(const binder_area *area)
{
	return area->pages << area->page_shift;
}

inline vmalock_u32 end_of(const binder_buffer &buffer)
{
	return buffer.offset + buffer.size;
}

/** The place in the array of the first buffer at or behind @p offset. */
inline vmalock_u32 place_of(const binder_area *area, vmalock_u32 offset)
{
	vmalock_u32 low = 0, high = area->buffer_count;

	while (low < high) {
		vmalock_u32 middle = (low + high) / 2;

		if (area->buffers[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/** The buffer that starts at @p offset, or null. Valid until the next change. */
inline binder_buffer *find_buffer(binder_area *area, vmalock_u32 offset)
{
	vmalock_u32 place = place_of(area, offset);

	if (place == area->buffer_count || area->buffers[place].offset != offset)
		return nullptr;
	return &area->buffers[place];
}

/**
 * Take the first gap that @p size bytes fit in; the buffer is in transit.
 * @return the buffer, or null if there is no such gap or no room in the array.
 */
inline binder_buffer *take_space(binder_area *area, vmalock_u32 size)
{
	if (area->buffer_count == VMALOCK_BINDER_MAX_BUFFERS || size > area_bytes(area))
		return nullptr;
	size = (size + VMALOCK_BINDER_ALIGN - 1) & ~(VMALOCK_BINDER_ALIGN - 1);

	vmalock_u32 place = 0, offset = 0;
	while (place < area->buffer_count && area->buffers[place].offset - offset < size)
		offset = end_of(area->buffers[place++]);
	if (area_bytes(area) - offset < size)
		return nullptr;

	for (vmalock_u32 last = area->buffer_count++; last > place; last--)
		area->buffers[last] = area->buffers[last - 1];
	area->buffers[place] = { .offset = offset, .size = size, .in_transit = true };
	return &area->buffers[place];
}

/** Give it back. */
inline void give_space(binder_area *area, binder_buffer *buffer)
{
	binder_buffer *end = area->buffers + --area->buffer_count;

	for (; buffer < end; buffer++)
		buffer[0] = buffer[1];
}

} // namespace vmalock::binder
