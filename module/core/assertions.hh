// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Does the calling task hold a lock of this VMA? What each source of knowledge
 * can say, and in which order they are asked.
 */
#pragma once

#include "core/environment.hh"
#include <vmalock/verdict.h>

namespace vmalock {

/**
 * What the assertions ask, about the calling task and a VMA that it believes
 * to be locked. None sleeps, none takes a lock.
 *
 * lockdep_holds_vma(vma), lockdep_holds_mmap(vma)
 *	What lockdep knows: exact; UNKNOWN where it is off.
 * writes_mmap(vma)
 *	Does the calling task hold mmap_lock of the VMA's mm for write? Exact:
 *	a write-held semaphore names its owner.
 * mmap_is_locked(vma)
 *	Does anyone hold that mmap_lock at all?
 * is_write_locked(vma)
 *	Is the VMA marked as write-locked? Has a meaning only if writes_mmap().
 * readers(vma)
 *	How many read locks of the VMA there are; -1 where mmap_lock is the lock of
 *	every VMA, which does not say how many hold it.
 * tracks()
 *	Are owners tracked?
 * tracked(vma), tracked_of_others(vma)
 *	Does the calling task hold the VMA through vmalock? How many holds of
 *	that kind have others?
 * changes()
 *	A number that is another one after any hold was noted or struck out. All
 *	that was asked before has been read before it.
 */
template <class E>
concept assertion_environment = requires(E &env, typename E::vma *vma) {
	{ env.lockdep_holds_vma(vma) } -> same<vmalock_verdict>;
	{ env.lockdep_holds_mmap(vma) } -> same<vmalock_verdict>;
	{ env.writes_mmap(vma) } -> same<bool>;
	{ env.mmap_is_locked(vma) } -> same<bool>;
	{ env.is_write_locked(vma) } -> same<bool>;
	{ env.readers(vma) } -> same<long>;
	{ env.tracks() } -> same<bool>;
	{ env.tracked(vma) } -> same<bool>;
	{ env.tracked_of_others(vma) } -> same<long>;
	{ env.changes() } -> same<unsigned long>;
};

/** Has the calling task write-locked the VMA? Always exact. */
template <assertion_environment E>
vmalock_verdict write_locked(E &env, typename E::vma *vma)
{
	return env.writes_mmap(vma) && env.is_write_locked(vma) ? VMALOCK_YES : VMALOCK_NO;
}

/**
 * Has the calling task locked the VMA, for read or write?
 *
 * Lockdep knows. Without it the table of owners knows of the locks taken
 * through vmalock. A read lock that is not in it may be one that the kernel
 * took for the task, in a page fault say; but if others are known to hold all
 * there are, this task holds none. Nobody holding any is a "no" in any case.
 *
 * A hold is noted after the lock was taken and struck out before it is
 * released. So if the notes did not change while readers were counted, each
 * noted hold is one of those readers.
 */
template <assertion_environment E>
vmalock_verdict locked(E &env, typename E::vma *vma)
{
	if (write_locked(env, vma) == VMALOCK_YES)
		return VMALOCK_YES;
	if (const vmalock_verdict known = env.lockdep_holds_vma(vma); known != VMALOCK_UNKNOWN)
		return known;
	if (env.tracked(vma))
		return VMALOCK_YES;

	const unsigned long before = env.changes();
	const long others = env.tracks() ? env.tracked_of_others(vma) : 0;
	const long readers = env.readers(vma);

	if (readers < 0)
		return env.mmap_is_locked(vma) ? VMALOCK_UNKNOWN : VMALOCK_NO;
	if (readers > others || env.changes() != before)
		return VMALOCK_UNKNOWN;
	return VMALOCK_NO;
}

/**
 * Can the VMA not change under the calling task, by a lock of its own on the
 * VMA or on the whole mm?
 */
template <assertion_environment E>
vmalock_verdict stabilised(E &env, typename E::vma *vma)
{
	if (env.writes_mmap(vma))
		return VMALOCK_YES;

	const vmalock_verdict mmap = env.lockdep_holds_mmap(vma);
	if (mmap == VMALOCK_YES)
		return VMALOCK_YES;

	const vmalock_verdict own = locked(env, vma);
	if (own == VMALOCK_YES || mmap == VMALOCK_NO)
		return own;
	// Somebody holds mmap_lock, and a read-held semaphore names nobody.
	return env.mmap_is_locked(vma) ? VMALOCK_UNKNOWN : own;
}

} // namespace vmalock
