// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the lock protocol needs from the world around it.
 *
 * The kernel provides it through the C boundary, host tests provide a
 * simulator, and the same protocol is compiled against both.
 */
#pragma once

#include "uapi/vmalock_abi.h"

namespace vmalock {

template <class A, class B>
concept same = __is_same(A, B);

/**
 * The environment of the waiting helper. All operations act on one address
 * space, `mm`, whose `mm_users` the caller keeps above zero.
 *
 * lock_vma_under_rcu(mm, address)
 *	Trylock: the read-locked VMA that covers the address, or null. Null
 *	says nothing about why. Never sleeps, takes no mmap_lock.
 * mmap_read_lock(mm)
 *	Wait until no writer holds mmap_lock, then keep writers out. While it
 *	is held, no VMA of mm is write-locked, and none appears, moves or
 *	goes away.
 * mmap_read_lock_killable(mm)
 *	The same, or false and nothing held once a fatal signal is pending.
 * mmap_read_unlock(mm)
 *	Let writers in again. VMA read locks that were taken stay.
 * vma_lookup(mm, address)
 *	The VMA that covers the address, or null. Under mmap_lock.
 * vma_start_read_locked(vma)
 *	Read-lock a VMA that vma_lookup() found, under the same mmap_lock. No
 *	writer can be in the way, so it does not wait; false only if the
 *	reader count is at its limit.
 * count(outcome)
 *	Note how a call ended. Any context, never fails.
 */
template <class E>
concept environment = requires(E &env, typename E::mm *mm, typename E::vma *vma,
			       unsigned long address, vmalock_outcome outcome) {
	{ env.lock_vma_under_rcu(mm, address) } -> same<typename E::vma *>;
	{ env.mmap_read_lock(mm) } -> same<void>;
	{ env.mmap_read_lock_killable(mm) } -> same<bool>;
	{ env.mmap_read_unlock(mm) } -> same<void>;
	{ env.vma_lookup(mm, address) } -> same<typename E::vma *>;
	{ env.vma_start_read_locked(vma) } -> same<bool>;
	{ env.count(outcome) } -> same<void>;
};

/**
 * The environment of the trylock where a module cannot call the kernel's own
 * and core/trylock.hh rebuilds it.
 *
 * rcu_read_lock(), rcu_read_unlock()
 *	Between them a VMA that was found is not freed, though it may be
 *	unlinked, and a writer may be changing it.
 * mas_walk(mm, address)
 *	The VMA the maple tree holds for the address now, or null. Under RCU.
 * vma_start_read(vma)
 *	Trylock of one VMA: false if it is write-locked or may be. On success
 *	everything its last writer did is visible (acquire).
 * vma_end_read(vma)
 *	Undo it.
 * vma_is_detached(vma)
 *	Was it unlinked from the tree? Only a writer that excludes readers
 *	changes this, so the answer holds as long as the read lock.
 * vma_covers(vma, address)
 *	Does its range hold the address? Stable under the same rule.
 */
template <class E>
concept trylock_environment = requires(E &env, typename E::mm *mm,
				       typename E::vma *vma,
				       unsigned long address) {
	{ env.rcu_read_lock() } -> same<void>;
	{ env.rcu_read_unlock() } -> same<void>;
	{ env.mas_walk(mm, address) } -> same<typename E::vma *>;
	{ env.vma_start_read(vma) } -> same<bool>;
	{ env.vma_end_read(vma) } -> same<void>;
	{ env.vma_is_detached(vma) } -> same<bool>;
	{ env.vma_covers(vma, address) } -> same<bool>;
};

} // namespace vmalock
