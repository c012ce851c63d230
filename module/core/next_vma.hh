// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The lock protocol for a walk: a read lock of the first VMA of a range.
 */
#pragma once

#include "core/vma_lock.hh"

namespace vmalock {

/**
 * What the walk needs besides.
 *
 * next_mapped(mm, address, end)
 *	The first address of the range that the maple tree holds a VMA for, or end.
 *	Under no lock, so it is a hint: the tree may change during the walk, and the
 *	walk may have seen one part of it before a change and the other after.
 * vma_start(vma)
 *	Where a VMA that is locked begins.
 * mmap_lock_speculate_try_begin(mm, sequence)
 *	False if a writer holds mmap_lock, or if this kernel does not number writers
 *	when they begin. What is read afterwards is not older (acquire).
 * mmap_lock_speculate_retry(mm, sequence)
 *	Has a writer taken mmap_lock since? What was read before is not newer.
 * find_vma_intersection(mm, address, end)
 *	The first VMA with an address of the range, or null. Under mmap_lock.
 */
template <class E>
concept next_environment = environment<E> && requires(E &env, typename E::mm *mm, typename E::vma *vma,
						      unsigned long address, unsigned &sequence) {
	{ env.next_mapped(mm, address, address) } -> same<unsigned long>;
	{ env.vma_start(vma) } -> same<unsigned long>;
	{ env.mmap_lock_speculate_try_begin(mm, sequence) } -> same<bool>;
	{ env.mmap_lock_speculate_retry(mm, sequence) } -> same<bool>;
	{ env.find_vma_intersection(mm, address, address) } -> same<typename E::vma *>;
};

/**
 * Without mmap_lock: the first VMA of the range, or that there is none; false if
 * neither could be proved.
 *
 * Locking the VMA at the address that the tree names is easy. That no other lies before
 * it is not: nothing keeps somebody from mapping there, before the lock is taken or
 * after. What can be asked for is a moment, during the call, in which the locked VMA was
 * as it is and the first. There is proof of one in two cases.
 *
 * - It begins at @p address or below, so there is no room before it.
 * - No writer held mmap_lock from before the walk until after the VMA was locked: the
 *   tree did not change, so the walk saw all of it as it was in that moment. The same
 *   proves that there is no VMA.
 *
 * lock_next_vma() of the kernel looks again instead, and takes the VMA if it is the next
 * one still. A second walk is as little of one moment as the first: what moves from the
 * part not yet seen to the part seen already is in neither, and a writer that replaces a
 * mapping may leave a hole in the tree until it has stored the new one.
 */
template <next_environment E>
bool start_read_next_unless_written(E &env, typename E::mm *mm, unsigned long address,
				    unsigned long end, lock_result<typename E::vma> &result)
{
	unsigned sequence = 0;
	const bool quiet = env.mmap_lock_speculate_try_begin(mm, sequence);
	const unsigned long found = env.next_mapped(mm, address, end);

	if (found >= end)
		return quiet && !env.mmap_lock_speculate_retry(mm, sequence);
	typename E::vma *vma = env.lock_vma_under_rcu(mm, found);
	if (!vma)
		return false;
	if (env.vma_start(vma) > address &&
	    (!quiet || env.mmap_lock_speculate_retry(mm, sequence))) {
		env.vma_end_read(vma);
		return false;
	}
	result = { vma, VMALOCK_OUTCOME_FAST, 0 };
	return true;
}

/**
 * Read-lock the first VMA that has an address of the range, waiting for writers.
 *
 * Where there is no proof that it is the first, it is looked up under mmap_lock, which
 * keeps writers out, and its lock outlives mmap_lock. As in vma_start_read_unlocked()
 * one pass decides.
 *
 * Context: as vma_start_read_unlocked().
 */
template <next_environment E>
lock_result<typename E::vma> vma_start_read_next(E &env, typename E::mm *mm, unsigned long address,
						 unsigned long end, wait how)
{
	lock_result<typename E::vma> result = { nullptr, VMALOCK_OUTCOME_UNMAPPED, 0 };

	if (address < end && !start_read_next_unless_written(env, mm, address, end, result)) [[unlikely]]
		result = start_read_after_writer(env, mm, address, how, [&] {
			return env.find_vma_intersection(mm, address, end);
		});
	env.finished(mm, address, result);
	return result;
}

} // namespace vmalock
