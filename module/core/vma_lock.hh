// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The lock protocol: a VMA read lock that waits for writers.
 */
#pragma once

#include "core/environment.hh"

namespace vmalock {

/** Whether a fatal signal ends the wait for a writer. */
enum class wait { uninterruptible, killable };

/**
 * The slow path, for when the trylock failed: a writer was there, nothing is
 * mapped, or a sequence number wrapped; the trylock does not say which.
 *
 * Holding mmap_lock for read waits the writer out and keeps the next one
 * away. Whatever the trylock saw is stale by now, so the VMA is looked up
 * again. With no writer about, its read lock is had without waiting, and it
 * outlives mmap_lock: a writer that comes later waits for it.
 *
 * One pass decides. There is nothing to retry, so no process can make its
 * caller loop by changing its mappings.
 *
 * On a kernel without per-VMA locks the lock that was waited for is the one
 * that stays.
 *
 * @param look_up what finds the VMA, or null, under mmap_lock
 */
template <environment E, class LookUp>
[[gnu::noinline]] lock_result<typename E::vma>
start_read_after_writer(E &env, typename E::mm *mm, unsigned long address, wait how, LookUp look_up)
{
	const vmalock_u64 start = env.now();

	env.waiting(mm, address);
	if (how == wait::uninterruptible)
		env.mmap_read_lock(mm);
	else if (!env.mmap_read_lock_killable(mm))
		return { nullptr, VMALOCK_OUTCOME_INTERRUPTED, env.now() - start };

	lock_result<typename E::vma> result = { look_up(), VMALOCK_OUTCOME_WAITED,
						env.now() - start };
	if (!result.vma) {
		result.outcome = VMALOCK_OUTCOME_UNMAPPED;
	} else if (!env.vma_start_read_locked(result.vma)) {
		result.vma = nullptr;
		result.outcome = VMALOCK_OUTCOME_SATURATED;
	}

	if (!E::vma_lock_is_mmap_lock || !result.vma)
		env.mmap_read_unlock(mm);
	return result;
}

/**
 * Read-lock the VMA that covers @p address, waiting for writers.
 *
 * Inlined, since each exported call is nothing but this; the slow path is not.
 *
 * Context: may sleep. The caller keeps mm_users above zero and holds neither
 * mmap_lock nor any VMA lock of @p mm.
 */
template <environment E>
[[gnu::always_inline]] inline lock_result<typename E::vma>
vma_start_read_unlocked(E &env, typename E::mm *mm, unsigned long address, wait how)
{
	lock_result<typename E::vma> result = { env.lock_vma_under_rcu(mm, address),
						VMALOCK_OUTCOME_FAST, 0 };

	if (!result.vma) [[unlikely]]
		result = start_read_after_writer(env, mm, address, how,
						 [&] { return env.vma_lookup(mm, address); });
	env.finished(mm, address, result);
	return result;
}

/** The trylock as a call of its own. Context: any. */
template <environment E>
typename E::vma *try_start_read(E &env, typename E::mm *mm, unsigned long address)
{
	typename E::vma *vma = env.lock_vma_under_rcu(mm, address);

	env.finished(mm, address, { vma, vma ? VMALOCK_OUTCOME_TRYLOCK : VMALOCK_OUTCOME_REFUSED, 0 });
	return vma;
}

/**
 * Read-lock a VMA that the caller found under mmap_lock, which it holds, and which it
 * may let go of afterwards. No writer can be in the way, so this waits for nobody.
 *
 * On a kernel without per-VMA locks the lock is mmap_lock, held once more: the caller
 * releases its own, vma_end_read() this one. That fails if a writer is queued, since
 * waiting behind it with the first held would be for ever.
 */
template <environment E>
bool start_read_locked(E &env, typename E::mm *mm, typename E::vma *vma, unsigned long address)
{
	const bool locked = E::vma_lock_is_mmap_lock ? env.mmap_read_trylock(mm) :
						       env.vma_start_read_locked(vma);

	env.finished(mm, address, { locked ? vma : nullptr,
				    locked ? VMALOCK_OUTCOME_FAST : VMALOCK_OUTCOME_SATURATED, 0 });
	return locked;
}

/**
 * Release what any of them locked. The books come first: once it is
 * released, the VMA may be gone.
 */
template <environment E>
void end_read(E &env, typename E::vma *vma)
{
	env.released(vma);
	env.vma_end_read(vma);
}

} // namespace vmalock
