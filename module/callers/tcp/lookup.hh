// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * From an address to a VMA that stays as it is: the new way and the old.
 */
#pragma once

#include "callers/tcp/core.hh"

namespace vmalock::tcp {

/** A VMA, null if nothing is mapped, and which lock keeps it. */
template <class E>
struct kept_vma {
	typename E::vma *vma;
	bool mmap_locked;
};

/** One call, one answer: nothing to fall back to, nothing to remember. */
template <environment E>
kept_vma<E> start_read_waiting(E &env, stream<E> &stream, unsigned long address)
{
	typename E::vma *vma = env.fail_now() ? nullptr : env.vma_start_read_unlocked(address);

	(vma ? stream.stats.wait_locked : stream.stats.wait_missed)++;
	return { vma, false };
}

/**
 * As find_tcp_vma() did before vma_start_read_unlocked(): a trylock that fails
 * for any writer, and behind it mmap_lock, held as long as the pages are
 * mapped. Which of the two it was must be known when letting go.
 */
template <environment E>
kept_vma<E> start_read_old(E &env, stream<E> &stream, unsigned long address)
{
	typename E::vma *vma = env.fail_now() ? nullptr : env.lock_vma_under_rcu(address);

	(vma ? stream.stats.try_locked : stream.stats.try_missed)++;
	if (vma)
		return { vma, false };

	env.mmap_read_lock();
	vma = env.fail_now() ? nullptr : env.vma_lookup(address);
	(vma ? stream.stats.mmap_locked : stream.stats.mmap_missed)++;
	if (!vma)
		env.mmap_read_unlock();
	return { vma, true };
}

template <environment E>
kept_vma<E> start_read(E &env, stream<E> &stream, unsigned long address)
{
	return stream.stats.way == VMALOCK_TCP_WAY_OLD ? start_read_old(env, stream, address) :
							 start_read_waiting(env, stream, address);
}

/** Let go of a VMA that start_read() found. */
template <environment E>
void end_read(E &env, const kept_vma<E> &kept)
{
	if (kept.mmap_locked)
		env.mmap_read_unlock();
	else
		env.vma_end_read(kept.vma);
}

} // namespace vmalock::tcp
