// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Proof that the checks can fail: a driver with a bug that somebody could
 * write, made by laying a broken operation over the environment, must be
 * caught, and for what it is.
 */
#include <gtest/gtest.h>

#include "driver.hh"

namespace {

using namespace simulator;

/** All that a driver does, with each failure; what is said first against it. */
template <class Environment> std::string complaint()
{
	for (vmalock_u32 way : { VMALOCK_BINDER_NEW_WAY, VMALOCK_BINDER_OLD_WAY }) {
		for (unsigned long nth = 0; nth < 60; nth++) {
			try {
				driver<Environment> d(way);

				d.w.fail(nth);
				if (d.map(8) != BINDER_OK && d.map(8) != BINDER_OK)
					return "a second mmap() fails";
				d.send(std::string(3 * page_size, 'x'));
				d.free(0);
				d.w.writer = true;
				d.reclaim();
				d.send(std::string(2 * page_size, 'y'));
				d.send(std::string(2 * page_size, 'z'));
				d.w.writer = false;
				d.free(0);
				d.reclaim();
				d.w.unmap(&d.w.foreign);
				d.send(std::string(6 * page_size, 'w'));
				d.reclaim();
				d.unmap(&d.w.foreign);
				d.reclaim();
				d.close();
			} catch (const violation &caught) {
				return caught.what();
			}
		}
	}
	return "";
}

TEST(mistakes, NothingIsSaidAgainstTheDriver)
{
	EXPECT_EQ(complaint<operations>(), "");
}

#define MISTAKE(name, what, ...) \
	struct name : operations { \
		using operations::operations; \
		__VA_ARGS__ \
	}; \
	TEST(mistakes, name) { EXPECT_EQ(complaint<name>(), what); }

MISTAKE(ForgetsMmput, "mm_users is still held",
	void mmput_async(binder_area *) {})

MISTAKE(ForgetsToUnlockTheVma, "mm_users is dropped with a lock of the mm held",
	void vma_end_read(vm_area_struct *) {})

MISTAKE(ForgetsMmapLock, "mm_users is dropped with a lock of the mm held",
	void mmap_read_unlock(binder_area *) {})

MISTAKE(ForgetsTheMutex, "the mutex is still held",
	void mutex_unlock(binder_area *) {})

MISTAKE(LeaksThePageThatWasNotInserted, "a page was leaked",
	void page_free(page *page)
	{
		if (page->references > 1 || !w.lru_lock)
			return;
		operations::page_free(page);
	})

MISTAKE(FreesWithoutUnmapping, "a page was left in the mapping",
	void zap_page(vm_area_struct *, unsigned long) {})

MISTAKE(SleepsWithTheLockOfTheLru, "the shrinker sleeps with the lock of the LRU",
	void lru_isolate(binder_walk *walk, binder_slot *slot)
	{
		operations::lru_isolate(walk, slot);
		w.lru_lock = true;
	})

MISTAKE(TakesAnyVma, "a page is mapped into a foreign VMA",
	bool vma_is_of(vm_area_struct *, binder_area *) { return true; })

MISTAKE(TrustsAVmaItHasNotLocked, "a VMA is looked at that may change",
	vm_area_struct *vma_start_read_unlocked(binder_area *, unsigned long) { return w.mapped; })

MISTAKE(ShrinkerWaitsForTheWriter, "the shrinker waits for a writer",
	vm_area_struct *lock_vma_under_rcu(binder_area *area, unsigned long address)
	{
		return vma_start_read_unlocked(area, address);
	})

MISTAKE(ShrinkerWaitsForMmapLock, "the shrinker waits for mmap_lock",
	bool mmap_read_trylock(binder_area *area)
	{
		mmap_read_lock(area);
		return true;
	})

MISTAKE(ShrinkerWaitsForTheMutex, "the shrinker waits for the mutex",
	bool mutex_trylock(binder_area *area)
	{
		mutex_lock(area);
		return true;
	})

MISTAKE(ShrinkerTakesTheMutexFirst, "the shrinker takes the mutex before the VMA lock",
	bool mmget_not_zero(binder_area *area)
	{
		return (!w.reclaiming || mutex_trylock(area)) && operations::mmget_not_zero(area);
	})

MISTAKE(InstallsUnderTheMutex, "a page is allocated with the mutex held",
	page *page_alloc(binder_area *area)
	{
		mutex_lock(area);
		page *page = operations::page_alloc(area);
		mutex_unlock(area);
		return page;
	})

MISTAKE(CopiesUnderTheMutex, "data is copied with the mutex held",
	bool copy_from_sender(binder_area *area, page *page, vmalock_u32 offset, vmalock_u64 data,
			      vmalock_u32 bytes)
	{
		mutex_lock(area);
		bool copied = operations::copy_from_sender(area, page, offset, data, bytes);
		mutex_unlock(area);
		return copied;
	})

MISTAKE(CopiesUnderAVmaLock, "data is copied with a lock of the mm held",
	bool copy_from_sender(binder_area *area, page *page, vmalock_u32 offset, vmalock_u64 data,
			      vmalock_u32 bytes)
	{
		mmget_not_zero(area);
		vm_area_struct *vma = lock_vma_under_rcu(area, mapped_at);
		bool copied = operations::copy_from_sender(area, page, offset, data, bytes);
		vma_end_read(vma);
		mmput_async(area);
		return copied;
	})

MISTAKE(ReusesAPageThatIsStillOnTheLru, "listed, but not on the LRU, or not listed",
	void lru_del(binder_slot *) {})

MISTAKE(SaysThatTheLruTookIt, "listed, but not on the LRU, or not listed",
	bool lru_add(binder_slot *slot)
	{
		operations::lru_add(slot);
		return true;
	})

MISTAKE(DropsTheAreaTooEarly, "the mutex was freed",
	void mutex_unlock(binder_area *area)
	{
		if (w.reclaiming)
			w.references = 0;
		operations::mutex_unlock(area);
	})

MISTAKE(LeaksAnArray, "an array was leaked",
	void array_free(void *array)
	{
		if (w.area.state != BINDER_SETTING_UP)
			operations::array_free(array);
	})

} // namespace
