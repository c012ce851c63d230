// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Calls the core as the boundary does, and checks all counts after each call.
 */
#pragma once

#include "callers/binder/area.hh"
#include "callers/binder/reclaim.hh"
#include "callers/binder/send.hh"
#include "simulation.hh"

namespace simulator {

template <class Environment = operations>
struct driver {
	world w;
	Environment env{ w };

	explicit driver(vmalock_u32 way = VMALOCK_BINDER_NEW_WAY)
	{
		vmalock::binder::choose(env, &w.area, way);
	}

	binder_result map(unsigned pages)
	{
		const binder_result result = vmalock::binder::map(env, &w.area, mapped_at,
								  pages * page_size, 0, false);
		if (result == BINDER_OK)
			w.mapped = &w.own;
		w.check_books();
		return result;
	}
	/** The receiver's mapping goes; something else may come in its place. */
	void unmap(vm_area_struct *instead = nullptr)
	{
		w.unmap(instead);
		vmalock::binder::unmapped(env, &w.area);
		w.check_books();
	}
	binder_result send(vmalock_u64 data, vmalock_u32 size)
	{
		const binder_result result = vmalock::binder::send(env, &w.area, data, size, nullptr);
		w.check_books();
		return result;
	}
	/** Send @p text, which must work, at @p offset. */
	binder_result send(const std::string &text)
	{
		w.sender = text;
		return send(0, text.size());
	}
	binder_result free(vmalock_u32 offset)
	{
		const binder_result result = vmalock::binder::free(env, &w.area, offset);
		w.check_books();
		return result;
	}
	/** The shrinker looks at each page on the LRU once. @return how many went. */
	unsigned reclaim()
	{
		unsigned reclaimed = 0;
		const auto found = w.lru;

		for (binder_slot *slot : found) {
			binder_walk walk;

			w.reclaiming = w.lru_lock = true;
			const bool taken = vmalock::binder::reclaim(env, slot, &walk);
			w.check(taken != w.lru_lock,
				taken ? "the lock of the LRU is still held" : "the lock of the LRU was let go");
			w.reclaiming = w.lru_lock = false;
			reclaimed += taken;
			w.check_books();
		}
		return reclaimed;
	}
	/** The last who had the file open closed it. */
	void close()
	{
		w.unmap();
		vmalock::binder::destroy(env, &w.area);
		w.check_gone();
	}

	vmalock_binder_stats gauges()
	{
		vmalock_binder_stats stats = {};
		vmalock::binder::gauges(env, &w.area, &stats);
		w.check_books();
		return stats;
	}
	/** What the receiver reads; empty where nothing is mapped. */
	std::string read(unsigned long offset, unsigned long size) const
	{
		std::string result;
		for (; size; offset++, size--) {
			const auto entry = w.table.find(mapped_at + offset / page_size * page_size);
			if (entry == w.table.end())
				return "";
			result += entry->second->data[offset % page_size];
		}
		return result;
	}
};

} // namespace simulator
