// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * An address space of a few pages as the lock protocol sees it, and the steps
 * in which writers change it. Both kinds of VMA lock, the semaphore and the
 * reference count, are this machine seen from outside.
 */
#pragma once

#include <array>
#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include "actor.hh"

namespace simulator {

/** Somebody broke a rule of the protocol; the message says which. */
struct violation : std::logic_error {
	using std::logic_error::logic_error;
};

struct vma {
	char name;
	unsigned long start, end;
	bool attached = true;		/**< linked into the tree */
	bool retired = false;		/**< unlinked; freed once RCU allows */
	bool freed = false;
	unsigned readers = 0;		/**< read locks, everybody's */
	unsigned callers = 0;		/**< of these, the call's under test */
	bool readers_excluded = false;	/**< a writer waits for them to leave */
	unsigned write_seq = 0;		/**< write-locked while equal to mm's */

	bool covers(unsigned long address) const { return start <= address && address < end; }
};

class address_space {
public:
	static constexpr unsigned long pages = 4;

	std::array<vma *, pages> tree{};
	/**
	 * What is mapped as far as anybody may know: the tree as the last writer
	 * left it. In the middle of a replacement the tree has a hole, and nobody
	 * may conclude from it that nothing is mapped.
	 */
	std::array<bool, pages> mapped{};
	bool writer = false;		/**< mmap_lock is held for write */
	unsigned mmap_readers = 0;	/**< and for read, everybody's */
	unsigned write_seq = 1;
	unsigned max_readers = 3;	/**< of one VMA: the count's limit */
	unsigned rcu_readers = 0;
	bool fatal_signal = false;	/**< pending for the call under test */

	/** A new VMA, in no tree yet and write-locked if a writer makes it. */
	vma *create(unsigned long start, unsigned long end)
	{
		vma &created = vmas_.emplace_back();
		created.name = static_cast<char>('A' + vmas_.size() - 1);
		created.start = start;
		created.end = end;
		created.write_seq = writer ? write_seq : 0;
		return &created;
	}

	/** Map a range before the actors start. */
	vma *map(unsigned long start, unsigned long end)
	{
		vma *created = create(start, end);
		put(start, end, created);
		mapped_as_tree();
		return created;
	}

	/** The first page from @p address on that is mapped, or `pages`. */
	unsigned long next_mapped(unsigned long address) const
	{
		while (address < pages && !mapped[address])
			address++;
		return address;
	}

	bool write_locked(const vma *vma) const { return vma->write_seq == write_seq; }
	bool saturated(const vma *vma) const { return vma->readers >= max_readers; }
	bool lockable(const vma *vma) const
	{
		return !write_locked(vma) && !vma->readers_excluded && !saturated(vma);
	}

	/** RCU at its fastest: what is retired goes as soon as no reader looks. */
	void free_retired()
	{
		for (vma &vma : vmas_)
			vma.freed = vma.freed || (vma.retired && rcu_readers == 0);
	}

	const std::deque<vma> &vmas() const { return vmas_; }

	/** @name The steps of actors, in the kernel's terms. */
	///@{
	step mmap_write_lock()
	{
		return { "mmap_write_lock", [this] { return !writer && !mmap_readers; },
			 [this] { writer = true; } };
	}
	/** Ends every VMA write lock at once, as vma_end_write_all() does. */
	step mmap_write_unlock()
	{
		return { "mmap_write_unlock", always, [this] {
				writer = false;
				write_seq++;
				mapped_as_tree();
			} };
	}
	step mmap_read_lock()
	{
		return { "mmap_read_lock", [this] { return !writer; }, [this] { mmap_readers++; } };
	}
	step mmap_read_unlock()
	{
		return { "mmap_read_unlock", always, [this] { mmap_readers--; } };
	}
	/** vma_start_write() turns new readers away, then waits for the old. */
	step exclude_readers(vma *vma)
	{
		return { "exclude_readers", always, [vma] { vma->readers_excluded = true; } };
	}
	step start_write(vma *vma)
	{
		return { "start_write", [vma] { return vma->readers == 0; }, [this, vma] {
				vma->write_seq = write_seq;
				vma->readers_excluded = false;
			} };
	}
	step set_range(vma *vma, unsigned long start, unsigned long end)
	{
		return { "set_range", always, [=] {
				vma->start = start;
				vma->end = end;
			} };
	}
	/** Waits for references that were taken since, which will not become locks. */
	step detach(vma *vma)
	{
		return { "detach", [vma] { return vma->readers == 0; },
			 [vma] { vma->attached = false; } };
	}
	step store(unsigned long start, unsigned long end, vma *vma)
	{
		return { "store", always, [=, this] { put(start, end, vma); } };
	}
	step retire(vma *vma)
	{
		return { "retire", always, [this, vma] {
				vma->retired = true;
				free_retired();
			} };
	}
	/** A page fault: takes the read lock if it can. */
	step fault_begins(unsigned long address, vma **locked)
	{
		return { "fault_begins", always, [=, this] {
				vma *found = tree[address];
				*locked = found && lockable(found) ? found : nullptr;
				if (*locked)
					found->readers++;
			} };
	}
	step fault_ends(vma **locked)
	{
		return { "fault_ends", always, [locked] {
				if (*locked)
					(*locked)->readers--;
			} };
	}
	step kill()
	{
		return { "kill", always, [this] { fatal_signal = true; } };
	}
	///@}

private:
	static bool always() { return true; }

	void put(unsigned long start, unsigned long end, vma *vma)
	{
		for (unsigned long page = start; page < end; page++)
			tree[page] = vma;
	}
	void mapped_as_tree()
	{
		for (unsigned long page = 0; page < pages; page++)
			mapped[page] = tree[page];
	}

	std::deque<vma> vmas_;
};

} // namespace simulator
