// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The holders of VMA locks that were taken through vmalock: for assertions, and
 * for people who want to know what a writer waits for.
 *
 * The table has a fixed size. The entries of a task are within a few places of the
 * hash of its address, so an operation costs a bounded number of loads. An entry is
 * written only by the task that it belongs to; other tasks only read. A lock that
 * does not fit is counted, and looks like an unknown reader.
 *
 * The task that locks also releases, as lockdep demands. If another one does, whose
 * entry is stale by now is not known: it stays in the list. A release without an entry
 * can be of such a lock, or of one that found no room. From then on nobody is told
 * that others hold a VMA, which is what an assertion's "no" is made of.
 */
#pragma once

#include "boundary/owner.h"

namespace vmalock {

class owners {
public:
	static constexpr unsigned size = VMALOCK_OWNERS;
	static constexpr unsigned reach = 16;	/**< places an operation looks at */

	/**
	 * `task` is null in a free entry; it is claimed by exchange, and written
	 * last when it is freed. `vma` is null while the rest is written. `turn` is
	 * another for each holder, of the last 65,536: two can have the same VMA.
	 */
	using entry = vmalock_owner;

	/** The task holds the VMA from now on. False if there was no room. */
	bool add(const entry &lock)
	{
		for (unsigned i = 0; i < reach; i++) {
			entry &here = place(lock.task, i);
			const void *nobody = nullptr;

			if (!__atomic_compare_exchange_n(&here.task, &nobody, lock.task, false,
							 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
				continue;
			here.turn++;
			here.since_ns = lock.since_ns;
			here.vm_start = lock.vm_start;
			here.vm_end = lock.vm_end;
			here.pid = lock.pid;
			here.caller = lock.caller;
			for (unsigned c = 0; c < VMALOCK_COMM_LEN; c++)
				here.comm[c] = lock.comm[c];
			__atomic_store_n(&here.vma, lock.vma, __ATOMIC_RELEASE);
			__atomic_fetch_add(&changes_, 1, __ATOMIC_SEQ_CST);
			return true;
		}
		__atomic_fetch_add(&untracked_, 1, __ATOMIC_RELAXED);
		return false;
	}

	/**
	 * The task is about to let go of the VMA; of one of its holds, if it has several.
	 * The hold is struck out before the number changes: who still finds it has read
	 * the old number.
	 */
	void remove(const void *task, const void *vma)
	{
		entry *held = find(task, vma);

		if (!held) {
			__atomic_store_n(&astray_, true, __ATOMIC_RELAXED);
			__atomic_fetch_add(&changes_, 1, __ATOMIC_SEQ_CST);
			return;
		}
		__atomic_store_n(&held->vma, nullptr, __ATOMIC_RELAXED);
		__atomic_fetch_add(&changes_, 1, __ATOMIC_SEQ_CST);
		__atomic_store_n(&held->task, nullptr, __ATOMIC_RELEASE);
	}

	/** Does this task hold it? Exact when the task asks for itself. */
	bool holds(const void *task, const void *vma) { return find(task, vma) != nullptr; }

	/** How many holds of the VMA other tasks have at least, at some moment of the call. */
	unsigned held_by_others(const void *task, const void *vma) const
	{
		unsigned others = 0;

		if (__atomic_load_n(&astray_, __ATOMIC_RELAXED))
			return 0;
		for (const entry &here : entries_)
			if (__atomic_load_n(&here.vma, __ATOMIC_ACQUIRE) == vma &&
			    __atomic_load_n(&here.task, __ATOMIC_RELAXED) != task)
				others++;
		return others;
	}

	/**
	 * Another number after each add() and each remove(). What was read before is not
	 * read later than it, on CPUs that would reorder loads: so a lock that was seen
	 * released, which its holder did after remove(), has changed the number.
	 */
	unsigned long changes() const
	{
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		return __atomic_load_n(&changes_, __ATOMIC_SEQ_CST);
	}

	/** Locks that found no room since the table was made. */
	unsigned long untracked() const { return __atomic_load_n(&untracked_, __ATOMIC_RELAXED); }

	/**
	 * Copy the entry at an index of 0 to size - 1, for a list. False if it is
	 * free or was changing. Why in this order: selftests/models/owner-copied.litmus.
	 */
	bool copy(unsigned index, entry &to) const
	{
		const entry &here = entries_[index];
		const auto turn = __atomic_load_n(&here.turn, __ATOMIC_ACQUIRE);
		const void *vma = __atomic_load_n(&here.vma, __ATOMIC_ACQUIRE);

		if (!vma)
			return false;
		to = here;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		return __atomic_load_n(&here.vma, __ATOMIC_ACQUIRE) == vma &&
		       __atomic_load_n(&here.turn, __ATOMIC_RELAXED) == turn && to.vma == vma && to.task;
	}

protected:	// for the host tests' busted variants
	entry &place(const void *task, unsigned step)
	{
		// Tasks are aligned objects: their low bits tell nothing.
		const auto hash = reinterpret_cast<__UINTPTR_TYPE__>(task) * 0x9e3779b97f4a7c15ul >> 54;

		static_assert(size == 1u << (64 - 54));
		return entries_[(hash + step) % size];
	}

	entry *find(const void *task, const void *vma)
	{
		for (unsigned i = 0; i < reach; i++) {
			entry &here = place(task, i);

			if (__atomic_load_n(&here.task, __ATOMIC_RELAXED) == task &&
			    __atomic_load_n(&here.vma, __ATOMIC_RELAXED) == vma)
				return &here;
		}
		return nullptr;
	}

	entry entries_[size];
	// A word each: of more, some CPUs have no atomic operation.
	unsigned long changes_;
	unsigned long untracked_;
	bool astray_;	/**< of a lock that found no room, or of one that another task took */
};

} // namespace vmalock
