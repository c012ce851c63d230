// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Buffers: sent, then freed.
 */
#pragma once

#include "callers/binder/allocator.hh"
#include "callers/binder/install.hh"

namespace vmalock::binder {

/** The slots a buffer lies on, from the first up to, not including, the last. */
struct slot_range {
	slot_range(const binder_area *area, const binder_buffer &buffer)
		: first(area->slots + (buffer.offset >> area->page_shift)),
		  last(area->slots + ((end_of(buffer) - 1) >> area->page_shift) + 1)
	{
	}
	binder_slot *const first, *const last;
};

/** A buffer and its pages go. Context: the mutex is held. */
template <environment E>
void drop_buffer(E &env, binder_area *area, binder_buffer *buffer)
{
	slot_range slots(area, *buffer);

	for (binder_slot *slot = slots.first; slot < slots.last; slot++)
		unuse(env, slot);
	give_space(area, buffer);
}

/** Space for @p size bytes; whatever pages lie there stay. Context: the mutex is held. */
template <environment E>
binder_result reserve(E &env, binder_area *area, vmalock_u32 size, binder_buffer *reserved)
{
	if (env.state(area) != BINDER_MAPPED)
		return BINDER_NOT_MAPPED;
	binder_buffer *buffer = take_space(area, size);
	if (!buffer)
		return BINDER_NO_SPACE;

	slot_range slots(area, *buffer);
	for (binder_slot *slot = slots.first; slot < slots.last; slot++)
		use(env, slot);
	*reserved = *buffer;
	return BINDER_OK;
}

/** Have a page under all of a buffer in transit. Context: without the mutex. */
template <environment E>
binder_result fill_slots(E &env, const slot_range &slots)
{
	binder_result result = BINDER_OK;

	for (binder_slot *slot = slots.first; slot < slots.last && result == BINDER_OK; slot++)
		result = fill_slot(env, slot);
	return result;
}

/**
 * Copy into a buffer that is in transit. No lock is held, of no kind: the copy
 * may fault, and the fault may wait for a writer. Nobody frees the buffer, and
 * nobody takes pages that it uses.
 */
template <environment E>
bool fill(E &env, binder_area *area, const binder_buffer &buffer, vmalock_u64 data,
	  vmalock_u32 size)
{
	const vmalock_u32 page_size = 1u << area->page_shift;

	for (vmalock_u32 done = 0, bytes; done < size; done += bytes) {
		const vmalock_u32 offset = buffer.offset + done;
		const vmalock_u32 in_page = offset & (page_size - 1);

		bytes = page_size - in_page < size - done ? page_size - in_page : size - done;
		if (!env.copy_from_sender(area, env.page_of(&area->slots[offset >> area->page_shift]),
					  in_page, data + done, bytes))
			return false;
	}
	return true;
}

/**
 * From a buffer in transit to one that has arrived: pages, data, the sender's answer.
 * A writer of the receiver's memory, or of the sender's, makes it wait; with the mutex
 * held, nobody else could send to the receiver or free a buffer meanwhile.
 */
template <environment E>
binder_result deliver(E &env, binder_area *area, const binder_buffer &reserved, vmalock_u64 data,
		      vmalock_u32 size, void *request)
{
	const binder_result result = fill_slots(env, slot_range(area, reserved));

	if (result != BINDER_OK)
		return result;
	if (!fill(env, area, reserved, data, size) || !env.tell_sender(request, reserved.offset))
		return BINDER_FAULT;
	return BINDER_OK;
}

/**
 * Send @p size bytes from the caller's memory and tell it where they are.
 *
 * The offset is told before the buffer can be freed: if the caller cannot be
 * told, the buffer goes, and it still is the same one.
 *
 * Context: a task that may sleep and holds a reference of the file and no lock.
 */
template <environment E>
binder_result send(E &env, binder_area *area, vmalock_u64 data, vmalock_u32 size, void *request)
{
	binder_buffer reserved;

	if (size == 0)
		return BINDER_BAD_ARGUMENT;
	env.mutex_lock(area);
	binder_result result = reserve(env, area, size, &reserved);
	env.mutex_unlock(area);
	if (result != BINDER_OK)
		return result;

	result = deliver(env, area, reserved, data, size, request);

	// The array may have moved meanwhile; the offset is still ours.
	env.mutex_lock(area);
	binder_buffer *buffer = find_buffer(area, reserved.offset);
	if (result == BINDER_OK)
		buffer->in_transit = false;
	else
		drop_buffer(env, area, buffer);
	env.mutex_unlock(area);
	return result;
}

/** Free the buffer at @p offset. Context: as send(). */
template <environment E>
binder_result free(E &env, binder_area *area, vmalock_u32 offset)
{
	binder_result result = BINDER_OK;

	env.mutex_lock(area);
	binder_buffer *buffer = find_buffer(area, offset);
	if (!buffer)
		result = BINDER_NO_BUFFER;
	else if (buffer->in_transit)
		result = BINDER_IN_TRANSIT;
	else
		drop_buffer(env, area, buffer);
	env.mutex_unlock(area);
	return result;
}

} // namespace vmalock::binder
