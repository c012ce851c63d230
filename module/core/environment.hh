// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the lock protocol needs from the world around it.
 *
 * The kernel provides it through the C boundary, host tests provide a
 * simulator, and the same protocol is compiled against both.
 */
#pragma once

#include "uapi/helper.h"
#include "uapi/types.h"

namespace vmalock {

template <class A, class B>
concept same = __is_same(A, B);

/** How a call ended, the VMA it locked or null, and how long it waited. */
template <class Vma>
struct lock_result {
	Vma *vma;
	vmalock_outcome outcome;
	vmalock_u64 waited_ns;
};

/**
 * The environment of the waiting helper. All operations act on one address
 * space, `mm`, whose `mm_users` the caller keeps above zero.
 *
 * vma_lock_is_mmap_lock
 *	True on kernels without per-VMA locks: there a VMA is locked by holding
 *	mmap_lock for read, and vma_end_read() releases that.
 * lock_vma_under_rcu(mm, address)
 *	Trylock: the read-locked VMA that covers the address, or null. Null
 *	says nothing about why. Never sleeps, takes no mmap_lock.
 * mmap_read_lock(mm)
 *	Wait until no writer holds mmap_lock, then keep writers out. While it
 *	is held, no VMA of mm is write-locked, and none appears, moves or
 *	goes away.
 * mmap_read_lock_killable(mm)
 *	The same, or false and nothing held once a fatal signal is pending.
 * mmap_read_trylock(mm)
 *	mmap_lock for read, or false and nothing held if a writer has it or is queued.
 * mmap_read_unlock(mm)
 *	Let writers in again. VMA read locks that were taken stay.
 * vma_lookup(mm, address)
 *	The VMA that covers the address, or null. Under mmap_lock.
 * vma_start_read_locked(vma)
 *	Read-lock a VMA that vma_lookup() found, under the same mmap_lock. No
 *	writer can be in the way, so it does not wait; false only if the
 *	reader count is at its limit.
 * vma_end_read(vma)
 *	Undo either lock. The VMA may be freed at once.
 * now()
 *	A monotonic clock in nanoseconds; read only when a call has to wait.
 * waiting(mm, address)
 *	A slow pass begins. Any context, never fails.
 * finished(mm, address, result)
 *	A call ended, and if it locked a VMA, that is still locked.
 * released(vma)
 *	A VMA that a call locked is about to be released.
 */
template <class E>
concept environment = requires(E &env, typename E::mm *mm, typename E::vma *vma,
			       unsigned long address,
			       lock_result<typename E::vma> result) {
	{ E::vma_lock_is_mmap_lock } -> same<const bool &>;
	{ env.lock_vma_under_rcu(mm, address) } -> same<typename E::vma *>;
	{ env.mmap_read_lock(mm) } -> same<void>;
	{ env.mmap_read_lock_killable(mm) } -> same<bool>;
	{ env.mmap_read_trylock(mm) } -> same<bool>;
	{ env.mmap_read_unlock(mm) } -> same<void>;
	{ env.vma_lookup(mm, address) } -> same<typename E::vma *>;
	{ env.vma_start_read_locked(vma) } -> same<bool>;
	{ env.vma_end_read(vma) } -> same<void>;
	{ env.now() } -> same<vmalock_u64>;
	{ env.waiting(mm, address) } -> same<void>;
	{ env.finished(mm, address, result) } -> same<void>;
	{ env.released(vma) } -> same<void>;
};

/**
 * The environment of the trylock where a module cannot call the kernel's own
 * and core/rwsem_trylock.hh rebuilds it.
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
