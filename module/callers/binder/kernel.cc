// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The core bound to the kernel: the environment that the C boundary provides,
 * and the functions that binder.c and shrinker.c call.
 */
#include "callers/binder/area.hh"
#include "callers/binder/reclaim.hh"
#include "callers/binder/send.hh"

namespace {

struct kernel {
	using area = binder_area *;
	using u32 = vmalock_u32;

	void mutex_lock(area a) { binder_env_mutex_lock(a); }
	bool mutex_trylock(area a) { return binder_env_mutex_trylock(a); }
	void mutex_unlock(area a) { binder_env_mutex_unlock(a); }
	u32 state(area a) { return binder_env_state(a); }
	bool change_state(area a, u32 from, u32 to) { return binder_env_change_state(a, from, to); }
	void *array_alloc(area a, u32 count, u32 size) { return binder_env_array_alloc(a, count, size); }
	void array_free(void *array) { binder_env_array_free(array); }
	page *page_alloc(area a) { return binder_env_page_alloc(a); }
	void page_free(page *page) { binder_env_page_free(page); }
	bool copy_from_sender(area a, page *page, u32 offset, vmalock_u64 data, u32 bytes)
	{
		return binder_env_copy_from_sender(a, page, offset, data, bytes);
	}
	bool tell_sender(void *request, u32 offset) { return binder_env_tell_sender(request, offset); }
	void mmgrab_current(area a) { binder_env_mmgrab_current(a); }
	bool mmget_not_zero(area a) { return binder_env_mmget_not_zero(a); }
	void mmput_async(area a) { binder_env_mmput_async(a); }
	vm_area_struct *vma_start_read_unlocked(area a, unsigned long address)
	{
		return binder_env_vma_start_read_unlocked(a, address);
	}
	vm_area_struct *lock_vma_under_rcu(area a, unsigned long address)
	{
		return binder_env_lock_vma_under_rcu(a, address);
	}
	void vma_end_read(vm_area_struct *vma) { binder_env_vma_end_read(vma); }
	void mmap_read_lock(area a) { binder_env_mmap_read_lock(a); }
	bool mmap_read_trylock(area a) { return binder_env_mmap_read_trylock(a); }
	void mmap_read_unlock(area a) { binder_env_mmap_read_unlock(a); }
	vm_area_struct *vma_lookup(area a, unsigned long address)
	{
		return binder_env_vma_lookup(a, address);
	}
	bool vma_is_of(vm_area_struct *vma, area a) { return binder_env_vma_is_of(vma, a); }
	binder_result vm_insert_page(area a, vm_area_struct *vma, unsigned long address, page *page)
	{
		return binder_env_vm_insert_page(a, vma, address, page);
	}
	page *get_user_page(area a, unsigned long address)
	{
		return binder_env_get_user_page(a, address);
	}
	page *page_of(binder_slot *slot) { return binder_env_page_of(slot); }
	bool publish(binder_slot *slot, page *page) { return binder_env_publish(slot, page); }
	void zap_page(vm_area_struct *vma, unsigned long address) { binder_env_zap_page(vma, address); }
	bool lru_add(binder_slot *slot) { return binder_env_lru_add(slot); }
	void lru_del(binder_slot *slot) { binder_env_lru_del(slot); }
	void lru_isolate(binder_walk *walk, binder_slot *slot) { binder_env_lru_isolate(walk, slot); }
	void area_get(area a) { binder_env_area_get(a); }
	void area_put(area a) { binder_env_area_put(a); }
	void count(area a, vmalock_binder_event event) { binder_env_count(a, event); }
};

constinit kernel env;

} // namespace

namespace core = vmalock::binder;

binder_result binder_map(binder_area *area, unsigned long start, unsigned long bytes,
			 unsigned long first_page, bool writable)
{
	return core::map(env, area, start, bytes, first_page, writable);
}

void binder_unmapped(binder_area *area)
{
	core::unmapped(env, area);
}

binder_result binder_send(binder_area *area, vmalock_u64 data, vmalock_u32 size, void *request)
{
	return core::send(env, area, data, size, request);
}

binder_result binder_free(binder_area *area, vmalock_u32 offset)
{
	return core::free(env, area, offset);
}

binder_result binder_switch(binder_area *area, vmalock_u32 way)
{
	return core::choose(env, area, way);
}

void binder_gauges(binder_area *area, vmalock_binder_stats *stats)
{
	core::gauges(env, area, stats);
}

bool binder_reclaim(binder_slot *slot, binder_walk *walk)
{
	return core::reclaim(env, slot, walk);
}

void binder_destroy(binder_area *area)
{
	core::destroy(env, area);
}
