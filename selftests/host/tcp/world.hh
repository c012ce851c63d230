// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The simulated environment of callers/tcp: a task with a few VMAs, a source
 * to feed from and a buffer to copy to. Every operation checks that it may be
 * called at all, and tests choose beforehand what fails.
 */
#pragma once

#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "callers/tcp/core.hh"

namespace tcp_simulator {

/** Somebody broke a rule; the message says which. */
struct violation : std::logic_error {
	using std::logic_error::logic_error;
};

constexpr unsigned long page_size = 8;

/** The byte at a position of the stream. No two pages are alike. */
inline unsigned char pattern(unsigned long position)
{
	return position * 0x9e3779b97f4a7c15 >> 56;
}

struct page {
	unsigned char bytes[page_size];
	bool held = true;	/**< by the driver */
};

struct vma {
	unsigned long start, end;
	bool ours;
	std::map<unsigned long, page *> pages;	/**< by address */
};

struct world {
	static constexpr unsigned long never = ~0ul;
	static constexpr unsigned long buffer_start = 1 << 20;

	vma *map(unsigned long start, unsigned long pages, bool ours)
	{
		vmas.push_back({ start, start + pages * page_size, ours, {} });
		return &vmas.back();
	}

	vma *find(unsigned long address)
	{
		for (vma &vma : vmas)
			if (vma.start <= address && address < vma.end)
				return &vma;
		return nullptr;
	}

	std::deque<page> pages;
	std::deque<vma> vmas;
	std::vector<unsigned char> buffer;	/**< what was copied out */
	unsigned long held_pages = 0;
	vma *locked = nullptr;
	bool mmap_locked = false;

	/** @name What goes wrong, and whether it did */
	///@{
	unsigned long source_end = never;	/**< bytes from here on cannot be read */
	unsigned long buffer_end = never;	/**< bytes from here on cannot be written */
	unsigned long insertions_left = never;	/**< pages that still go in */
	vmalock_tcp_status insertion_error = VMALOCK_TCP_PARTIAL;
	unsigned long life_left = never;	/**< looks at killed() before it says so */
	bool writer_about = false;		/**< the trylock fails */
	unsigned long met_pages = 0;		/**< insertions that found one there */
	unsigned long fail_nth = 0;		/**< as fail_nth.h counts */
	bool failed = false;
	///@}
};

struct simulated {
	using page = tcp_simulator::page;
	using vma = tcp_simulator::vma;

	static constexpr unsigned queue_pieces = 80;

	unsigned long page_size() { return tcp_simulator::page_size; }

	bool killed()
	{
		if (world.life_left && world.life_left != world::never)
			world.life_left--;
		return world.life_left == 0;
	}

	bool fail_now()
	{
		const bool now = world.fail_nth && --world.fail_nth == 0;
		world.failed |= now;
		return now;
	}

	page *alloc_page()
	{
		may_sleep("alloc_page()");
		world.held_pages++;
		return &world.pages.emplace_back();
	}

	void free_page(page *page)
	{
		check(page->held, "a page is freed twice");
		page->held = false;
		world.held_pages--;
	}

	unsigned long copy_in(page *page, unsigned long from, unsigned long bytes)
	{
		may_sleep("copy_in()");
		check(page->held && bytes && bytes <= page_size(), "copy_in() beyond a page");
		unsigned long done = 0;
		for (; done < bytes && from + done < world.source_end; done++)
			page->bytes[done] = pattern(from + done);
		return done;
	}

	unsigned long copy_out(unsigned long to, page *page, unsigned long offset, unsigned long bytes)
	{
		may_sleep("copy_out()");
		check(page->held && offset + bytes <= page_size(), "copy_out() beyond a page");
		check(to == world::buffer_start + world.buffer.size(), "copy_out() leaves a gap");
		unsigned long done = 0;
		for (; done < bytes && to + done < world.buffer_end; done++)
			world.buffer.push_back(page->bytes[offset + done]);
		return done;
	}

	vma *vma_start_read_unlocked(unsigned long address)
	{
		may_sleep("vma_start_read_unlocked()");
		return world.locked = world.find(address);
	}

	vma *lock_vma_under_rcu(unsigned long address)
	{
		check(!world.locked, "a second VMA is locked");
		return world.locked = world.writer_about ? nullptr : world.find(address);
	}

	void vma_end_read(vma *vma)
	{
		check(vma && world.locked == vma, "vma_end_read() of a VMA that is not locked");
		world.locked = nullptr;
	}

	void mmap_read_lock()
	{
		may_sleep("mmap_read_lock()");
		world.mmap_locked = true;
	}

	void mmap_read_unlock()
	{
		check(world.mmap_locked, "mmap_read_unlock() without mmap_read_lock()");
		world.mmap_locked = false;
	}

	vma *vma_lookup(unsigned long address)
	{
		check(world.mmap_locked, "vma_lookup() without mmap_lock");
		return world.find(address);
	}

	bool vma_is_ours(vma *vma)
	{
		stable(vma);
		return vma->ours;
	}

	unsigned long vma_end(vma *vma)
	{
		stable(vma);
		return vma->end;
	}

	void zap(vma *vma, unsigned long address, unsigned long bytes)
	{
		in_ours(vma, address, bytes);
		for (unsigned long at = address; at < address + bytes; at += page_size())
			vma->pages.erase(at);
	}

	vmalock::tcp::insertion insert_pages(vma *vma, unsigned long address, page **pages,
					     unsigned count)
	{
		in_ours(vma, address, count * page_size());
		check(count && count <= VMALOCK_TCP_BATCH_PAGES, "a batch of a wrong size");
		for (unsigned done = 0; done < count; done++) {
			const unsigned long at = address + done * page_size();
			check(pages[done]->held, "a page is inserted that was freed");
			if (vma->pages.contains(at)) {
				world.met_pages++;
				return { done, VMALOCK_TCP_BUSY };
			}
			if (world.insertions_left == 0)
				return { done, world.insertion_error };
			if (world.insertions_left != world::never)
				world.insertions_left--;
			vma->pages[at] = pages[done];
		}
		return { count, VMALOCK_TCP_DONE };
	}

	tcp_simulator::world &world;

protected:
	void check(bool rule, const std::string &broken)
	{
		if (!rule)
			throw violation(broken);
	}

private:
	void may_sleep(const char *operation)
	{
		check(!world.locked && !world.mmap_locked, std::string(operation) + " while locked");
	}

	void stable(vma *vma)
	{
		check(world.locked == vma || world.mmap_locked, "a VMA is used that is not locked");
	}

	void in_ours(vma *vma, unsigned long address, unsigned long bytes)
	{
		stable(vma);
		check(vma->ours, "a VMA of somebody else is changed");
		check(vma->start <= address && address + bytes <= vma->end,
		      "pages beyond the VMA are changed");
	}
};

} // namespace tcp_simulator
