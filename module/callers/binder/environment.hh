// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the binder-like caller needs from the world around it. The kernel
 * provides it through the C boundary, host tests provide a simulator.
 */
#pragma once

#include "callers/binder/environment.h"

namespace vmalock::binder {

template <class A, class B>
concept same = __is_same(A, B);

/**
 * The environment. Where it says "may fail", a test can make it fail on
 * demand, and nothing has happened when it did.
 *
 * mutex_lock(area), mutex_trylock(area), mutex_unlock(area)
 *	The file's mutex. Nobody waits for it with a lock of an mm held, nor for
 *	such a lock with it held. The shrinker, which has locked a VMA, takes it only
 *	if it is free.
 * state(area), change_state(area, from, to)
 *	Read the state, acquire; change it if it is `from`, fully ordered.
 * array_alloc(area, count, size), array_free(array)
 *	Zeroed memory; may fail: null. Freeing null does nothing.
 * page_alloc(area), page_free(page)
 *	A zeroed page; may fail: null. May reclaim, so neither a VMA lock nor the
 *	mutex is held.
 *	Freeing drops one reference: a mapped page lives until it is unmapped.
 * copy_from_sender(area, page, offset, data, bytes)
 *	From the memory of the task that runs; may fail: false. May fault, so
 *	neither a lock of an mm nor the mutex is held.
 * tell_sender(request, offset)
 *	Write the buffer's offset to the request of the task that runs. The
 *	same holds.
 * mmgrab_current(area)
 *	The area belongs to the mm of the task that runs. Dropped with the file.
 * mmget_not_zero(area), mmput_async(area)
 *	Keep the receiver's mappings from being torn down; may fail: false, it
 *	is exiting. Letting go never tears them down here. Any context.
 * vma_start_read_unlocked(area, address)
 *	The receiver's VMA that covers the address, read-locked, after waiting
 *	for writers; may fail: null, nothing is mapped. Sleeps under mmap_lock.
 * lock_vma_under_rcu(area, address)
 *	Trylock of the same; may fail: null, for whatever reason. Any context.
 * vma_end_read(vma)
 *	Undo either.
 * mmap_read_lock(area), mmap_read_trylock(area), mmap_read_unlock(area)
 *	The receiver's mmap_lock.
 * vma_lookup(area, address)
 *	The VMA that covers the address, under mmap_lock; may fail: null.
 * vma_is_of(vma, area)
 *	Is it the area's own, where it was mapped? With the VMA kept stable.
 * vm_insert_page(area, vma, address, page)
 *	Map the page, which gains a reference; may fail: NO_MEMORY for page
 *	tables, or PAGE_THERE, if one is mapped at the address. With the VMA kept
 *	stable.
 * get_user_page(area, address)
 *	The page that is mapped there, with a reference; may fail: null. Faults in
 *	nothing. Under mmap_lock.
 * page_of(slot)
 *	The slot's page, or null. Acquire: what it was when it was published is
 *	visible.
 * publish(slot, page)
 *	The slot's page from now on, with the caller's reference; false if it has
 *	one by now. Release.
 * zap_page(vma, address)
 *	Unmap it again. The same, and it may sleep.
 * lru_add(slot), lru_del(slot)
 *	Put the slot on the LRU; may fail: false. Take it off again. Both take
 *	the lock of the LRU, inside the mutex.
 * lru_isolate(walk, slot)
 *	For the shrinker: take the slot off and let go of the lock of the LRU.
 * area_get(area), area_put(area)
 *	Keep the memory of the area itself, mutex and all. Any context.
 * count(area, event)
 *	Note what happened. Any context, never fails.
 */
template <class E>
concept environment = requires(E &env, binder_area *area, binder_slot *slot, page *page,
			       vm_area_struct *vma, binder_walk *walk, unsigned long address,
			       void *pointer, vmalock_u32 number, vmalock_u64 data,
			       vmalock_binder_event event) {
	{ env.mutex_lock(area) } -> same<void>;
	{ env.mutex_trylock(area) } -> same<bool>;
	{ env.mutex_unlock(area) } -> same<void>;
	{ env.state(area) } -> same<vmalock_u32>;
	{ env.change_state(area, number, number) } -> same<bool>;
	{ env.array_alloc(area, number, number) } -> same<void *>;
	{ env.array_free(pointer) } -> same<void>;
	{ env.page_alloc(area) } -> same<::page *>;
	{ env.page_free(page) } -> same<void>;
	{ env.copy_from_sender(area, page, number, data, number) } -> same<bool>;
	{ env.tell_sender(pointer, number) } -> same<bool>;
	{ env.mmgrab_current(area) } -> same<void>;
	{ env.mmget_not_zero(area) } -> same<bool>;
	{ env.mmput_async(area) } -> same<void>;
	{ env.vma_start_read_unlocked(area, address) } -> same<vm_area_struct *>;
	{ env.lock_vma_under_rcu(area, address) } -> same<vm_area_struct *>;
	{ env.vma_end_read(vma) } -> same<void>;
	{ env.mmap_read_lock(area) } -> same<void>;
	{ env.mmap_read_trylock(area) } -> same<bool>;
	{ env.mmap_read_unlock(area) } -> same<void>;
	{ env.vma_lookup(area, address) } -> same<vm_area_struct *>;
	{ env.vma_is_of(vma, area) } -> same<bool>;
	{ env.vm_insert_page(area, vma, address, page) } -> same<binder_result>;
	{ env.get_user_page(area, address) } -> same<::page *>;
	{ env.page_of(slot) } -> same<::page *>;
	{ env.publish(slot, page) } -> same<bool>;
	{ env.zap_page(vma, address) } -> same<void>;
	{ env.lru_add(slot) } -> same<bool>;
	{ env.lru_del(slot) } -> same<void>;
	{ env.lru_isolate(walk, slot) } -> same<void>;
	{ env.area_get(area) } -> same<void>;
	{ env.area_put(area) } -> same<void>;
	{ env.count(area, event) } -> same<void>;
};

} // namespace vmalock::binder
