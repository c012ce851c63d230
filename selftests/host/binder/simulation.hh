// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The simulated environment of the binder-like caller. Every operation checks
 * whether it may be called at all, and the books of what is held, mapped and
 * allocated are kept here, not by the code under test. Each operation that may
 * fail does so when its turn comes.
 */
#pragma once

#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "callers/binder/environment.h"

struct page {
	int references = 1;
	std::string data;
};

struct vm_area_struct {
	binder_area *area;		/**< whose; null: a foreign mapping */
	unsigned locked = 0;		/**< for read, by the code under test */
};

struct binder_walk {
};

namespace simulator {

/** Somebody broke a rule; the message says which. */
struct violation : std::logic_error {
	using std::logic_error::logic_error;
};

constexpr unsigned page_shift = 12;
constexpr unsigned long page_size = 1ul << page_shift, mapped_at = 0x10000000;

/** The receiver, the kernel around the driver, and the books. */
struct world {
	binder_area area = {};
	vm_area_struct own{ &area }, foreign{ nullptr };
	vm_area_struct *mapped = nullptr;	/**< what is at the area's address */
	bool writer = false;			/**< a writer is in the way */
	bool exiting = false;			/**< mm_users is zero */
	bool mutex_taken = false;		/**< by somebody else */
	std::string sender;			/**< the sender's memory, from 0 */
	vmalock_u32 told = ~0u;			/**< the offset, as the sender knows it */
	bool deaf = false;			/**< the sender cannot be told */

	/** @name What the code under test holds. */
	///@{
	bool mutex = false, lru_lock = false, reclaiming = false;
	unsigned mmap_lock = 0, mm_users = 0, references = 1, mm_count = 0;
	///@}

	std::set<page *> pages;			/**< allocated and not yet gone */
	std::map<unsigned long, page *> table;	/**< the receiver's page table */
	std::set<binder_slot *> lru;
	std::set<void *> arrays;
	std::map<vmalock_binder_event, unsigned> events;
	unsigned long calls = 0, fail_at = 0;	/**< of what may fail; 0: none */
	bool failed = false;

	world() { area.page_shift = page_shift; }
	world(const world &) = delete;
	~world()
	{
		for (page *page : pages)
			delete page;
		for (void *array : arrays)
			std::free(array);
	}

	static void check(bool rule, const std::string &broken)
	{
		if (!rule)
			throw violation(broken);
	}
	bool stable(const vm_area_struct *vma) const { return vma->locked || mmap_lock; }
	bool fails()
	{
		if (++calls != fail_at)
			return false;
		failed = true;
		return true;
	}
	void fail(unsigned long nth)
	{
		calls = 0;
		fail_at = nth;
		failed = false;
	}
	void put(page *page)
	{
		check(page->references > 0, "a reference too many was dropped");
		if (--page->references)
			return;
		pages.erase(page);
		delete page;
	}
	/** The receiver's own doing: its mapping goes, and its page tables. */
	void unmap(vm_area_struct *instead = nullptr)
	{
		mapped = instead;
		for (const auto &[address, page] : table)
			put(page);
		table.clear();
	}

	/** Nothing is held: what must be true between calls. */
	void check_idle() const
	{
		check(!mutex, "the mutex is still held");
		check(!lru_lock, "the lock of the LRU is still held");
		check(!mmap_lock, "mmap_lock is still held");
		check(!own.locked && !foreign.locked, "a VMA is still locked");
		check(!mm_users, "mm_users is still held");
		check(references == 1, "a reference of the area is still held");
	}
	/** The area's books agree with ours. Between calls. */
	void check_books() const
	{
		check_idle();
		std::set<page *> installed;
		for (unsigned number = 0; number < area.pages; number++) {
			binder_slot *slot = &area.slots[number];
			unsigned users = 0;

			for (unsigned buffer = 0; buffer < area.buffer_count; buffer++) {
				const binder_buffer &at = area.buffers[buffer];
				users += at.offset < (number + 1) * page_size &&
					 at.offset + at.size > number * page_size;
			}
			check(slot->users == users, "a page's users are miscounted");
			check(!users || slot->page, "a buffer has no page");
			check(slot->listed == lru.count(slot), "listed, but not on the LRU, or not listed");
			check(!slot->listed || (slot->page && !users), "a page in use is on the LRU");
			if (!slot->page)
				continue;
			check(pages.count(slot->page), "a slot has a page that was freed");
			installed.insert(slot->page);
			if (mapped != &own)
				continue;
			const auto entry = table.find(mapped_at + number * page_size);
			check(entry != table.end() && entry->second == slot->page,
			      "a page is not where it should be mapped");
		}
		check(mapped != &own || table.size() == installed.size(),
		      "a page was left in the mapping");
		check(installed == pages, "a page was leaked");
	}
	void check_gone() const
	{
		check(references == 0, "a reference of the area was leaked");
		check(pages.empty(), "a page was leaked");
		check(arrays.empty(), "an array was leaked");
		check(lru.empty(), "a slot was left on the LRU");
		check(!mutex && !lru_lock, "a lock is still held");
	}
};

/** The operations that callers/binder/environment.hh lists. */
struct operations {
	world &w;

	explicit operations(world &world) : w(world) {}

	void mutex_lock(binder_area *)
	{
		w.check(!w.reclaiming, "the shrinker waits for the mutex");
		w.check(!w.mutex, "the mutex is taken twice");
		check_no_mm_lock("the mutex is taken");
		w.mutex = true;
	}
	bool mutex_trylock(binder_area *area)
	{
		w.check(area->state == BINDER_GONE || w.mmap_lock || w.own.locked,
			"the shrinker takes the mutex before the VMA lock");
		return !w.mutex_taken && (w.mutex = true);
	}
	void mutex_unlock(binder_area *)
	{
		w.check(w.mutex, "the mutex is let go, but not held");
		w.check(w.references, "the mutex was freed");
		w.mutex = false;
	}
	vmalock_u32 state(binder_area *area) { return area->state; }
	bool change_state(binder_area *area, vmalock_u32 from, vmalock_u32 to)
	{
		if (area->state != from)
			return false;
		area->state = to;
		return true;
	}

	void *array_alloc(binder_area *, vmalock_u32 count, vmalock_u32 size)
	{
		if (w.fails())
			return nullptr;
		return *w.arrays.insert(std::calloc(count, size)).first;
	}
	void array_free(void *array)
	{
		w.check(!array || w.arrays.erase(array), "an array is freed twice");
		std::free(array);
	}
	page *page_alloc(binder_area *)
	{
		w.check(!w.reclaiming, "the shrinker allocates");
		check_no_mm_lock("a page is allocated");
		check_no_mutex("a page is allocated");
		if (w.fails())
			return nullptr;
		page *page = *w.pages.insert(new ::page).first;
		page->data.assign(page_size, '\0');
		return page;
	}
	void page_free(page *page)
	{
		w.check(page, "no page is freed");
		w.check(w.pages.count(page), "a page is freed twice");
		w.put(page);
	}
	bool copy_from_sender(binder_area *, page *page, vmalock_u32 offset, vmalock_u64 data,
			      vmalock_u32 bytes)
	{
		check_may_fault();
		w.check(w.pages.count(page), "a copy goes to a page that was freed");
		w.check(offset + bytes <= page_size, "a copy runs over the page");
		if (w.fails() || data + bytes > w.sender.size())
			return false;
		page->data.replace(offset, bytes, w.sender, data, bytes);
		return true;
	}
	bool tell_sender(void *, vmalock_u32 offset)
	{
		check_may_fault();
		if (w.fails() || w.deaf)
			return false;
		w.told = offset;
		return true;
	}

	void mmgrab_current(binder_area *) { w.mm_count++; }
	bool mmget_not_zero(binder_area *)
	{
		w.check(w.mm_count, "the receiver's mm is not known");
		if (w.fails() || w.exiting)
			return false;
		w.mm_users++;
		return true;
	}
	void mmput_async(binder_area *)
	{
		w.check(w.mm_users, "mm_users is dropped, but not held");
		check_no_mm_lock("mm_users is dropped");
		w.mm_users--;
	}
	vm_area_struct *vma_start_read_unlocked(binder_area *, unsigned long)
	{
		w.check(!w.reclaiming, "the shrinker waits for a writer");
		w.check(w.mm_users, "a VMA is looked up without mm_users");
		check_no_mm_lock("a VMA is waited for");
		check_no_mutex("a VMA is waited for");
		return w.fails() ? nullptr : lock();
	}
	vm_area_struct *lock_vma_under_rcu(binder_area *, unsigned long)
	{
		w.check(w.mm_users, "a VMA is looked up without mm_users");
		return w.fails() || w.writer ? nullptr : lock();
	}
	void vma_end_read(vm_area_struct *vma)
	{
		w.check(vma, "no VMA is unlocked");
		w.check(vma->locked, "a VMA is unlocked, but not locked");
		vma->locked--;
	}
	void mmap_read_lock(binder_area *)
	{
		w.check(!w.reclaiming, "the shrinker waits for mmap_lock");
		w.check(w.mm_users, "mmap_lock is taken without mm_users");
		check_no_mm_lock("mmap_lock is taken");
		check_no_mutex("mmap_lock is taken");
		w.mmap_lock++;
	}
	bool mmap_read_trylock(binder_area *area)
	{
		w.check(w.mm_users, "mmap_lock is taken without mm_users");
		w.check(area->way == VMALOCK_BINDER_OLD_WAY, "the new way takes mmap_lock");
		return !w.writer && ++w.mmap_lock;
	}
	void mmap_read_unlock(binder_area *)
	{
		w.check(w.mmap_lock, "mmap_lock is let go, but not held");
		w.mmap_lock--;
	}
	vm_area_struct *vma_lookup(binder_area *, unsigned long)
	{
		w.check(w.mmap_lock, "a VMA is looked up without mmap_lock");
		return w.fails() ? nullptr : w.mapped;
	}
	bool vma_is_of(vm_area_struct *vma, binder_area *area)
	{
		w.check(vma, "no VMA is looked at");
		w.check(w.stable(vma), "a VMA is looked at that may change");
		return vma->area == area;
	}
	binder_result vm_insert_page(binder_area *area, vm_area_struct *vma, unsigned long address, page *page)
	{
		w.check(w.stable(vma), "a page is mapped while the VMA may change");
		w.check(vma->area == area, "a page is mapped into a foreign VMA");
		w.check(address >= mapped_at && address < mapped_at + (area->pages << page_shift),
			"a page is mapped outside of the VMA");
		if (w.table.count(address))
			return BINDER_PAGE_THERE;
		if (w.fails())
			return BINDER_NO_MEMORY;
		page->references++;
		w.table[address] = page;
		return BINDER_OK;
	}
	page *get_user_page(binder_area *, unsigned long address)
	{
		w.check(w.mmap_lock, "a page is looked up without mmap_lock");
		const auto entry = w.table.find(address);
		if (w.fails() || entry == w.table.end())
			return nullptr;
		entry->second->references++;
		return entry->second;
	}
	page *page_of(binder_slot *slot) { return slot->page; }
	bool publish(binder_slot *slot, page *page)
	{
		w.check(slot->users, "a page is published that nobody uses");
		if (slot->page)
			return false;
		slot->page = page;
		return true;
	}
	void zap_page(vm_area_struct *vma, unsigned long address)
	{
		w.check(!w.lru_lock, "the shrinker sleeps with the lock of the LRU");
		w.check(w.stable(vma), "a page is unmapped while the VMA may change");
		w.check(vma->area, "a page is unmapped from a foreign VMA");
		const auto entry = w.table.find(address);
		if (entry == w.table.end())
			return;
		w.put(entry->second);
		w.table.erase(entry);
	}

	bool lru_add(binder_slot *slot)
	{
		w.check(w.mutex, "the LRU is changed without the mutex");
		w.check(slot->page && !slot->users, "a page in use, or none, goes on the LRU");
		if (w.fails())
			return false;
		w.check(w.lru.insert(slot).second, "a slot goes on the LRU twice");
		return true;
	}
	void lru_del(binder_slot *slot)
	{
		w.check(w.mutex, "the LRU is changed without the mutex");
		w.check(w.lru.erase(slot), "a slot is taken off the LRU, but was not on it");
	}
	void lru_isolate(binder_walk *, binder_slot *slot)
	{
		w.check(w.mutex && w.lru_lock, "a slot is isolated without the locks");
		w.check(w.lru.erase(slot), "a slot is isolated, but was not on the LRU");
		w.lru_lock = false;
	}
	void area_get(binder_area *)
	{
		w.check(w.lru_lock, "the area may be gone when its reference is taken");
		w.references++;
	}
	void area_put(binder_area *)
	{
		w.check(w.references, "a reference of the area too many was dropped");
		w.check(!w.mutex, "the mutex may be freed while it is held");
		w.references--;
	}
	void count(binder_area *, vmalock_binder_event event) { w.events[event]++; }

private:
	vm_area_struct *lock()
	{
		if (w.mapped)
			w.mapped->locked++;
		return w.mapped;
	}
	void check_no_mm_lock(const char *what)
	{
		w.check(!w.mmap_lock && !w.own.locked && !w.foreign.locked,
			std::string(what) + " with a lock of the mm held");
	}
	void check_no_mutex(const char *what)
	{
		w.check(!w.mutex, std::string(what) + " with the mutex held");
	}
	void check_may_fault()
	{
		check_no_mutex("data is copied");
		check_no_mm_lock("data is copied");
	}
};

} // namespace simulator
