// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * lock_vma_under_rcu() for kernels whose VMA lock is a reference count and who
 * have the function but do not export it: 6.15 to 6.19.
 */
#pragma once

#include "core/environment.hh"

namespace vmalock {

/** What came of taking a reference, which is what a read lock is made of. */
enum class reference { taken, refused, detached };

/**
 * The same of what the kernel says: whether it was taken, and the count before that. The
 * count is zero of a VMA in no tree. Otherwise it says nothing, nor does its sign: it is
 * below zero where it is saturated.
 */
constexpr reference what_came(bool taken, int before)
{
	if (taken)
		return reference::taken;
	return before == 0 ? reference::detached : reference::refused;
}

static_assert(what_came(true, 1) == reference::taken);
static_assert(what_came(true, -0x40000000) == reference::taken);
static_assert(what_came(false, 0x40000001) == reference::refused);
static_assert(what_came(false, -1) == reference::refused);
static_assert(what_came(false, 0) == reference::detached);

/**
 * The environment of this trylock.
 *
 * rcu_read_lock(), rcu_read_unlock(), mas_walk(mm, address), vma_end_read(vma),
 * vma_covers(vma, address)
 *	As in trylock_environment. But a VMA that was found may be freed and made
 *	again under RCU, for this mm or another: only its memory stays a VMA.
 * vma_is_write_locked(mm, vma)
 *	Do the sequence numbers say so? What is read afterwards was written
 *	before the writer that made them differ let go (acquire).
 * take_reference(vma)
 *	A read lock to be, unless a writer keeps readers out or there are too
 *	many (refused), or the VMA is in no tree (detached). What is read
 *	afterwards is not older (acquire).
 * belongs_to(vma, mm)
 *	Whose is it? Stable while there is a reference.
 * grab_mm_of(vma), drop_mm(mm)
 *	Keep the mm of a VMA that is another's from being freed: giving back the
 *	reference may have to wake a writer of it. Not to be dropped under RCU.
 */
template <class E>
concept refcount_trylock_environment =
	requires(E &env, typename E::mm *mm, typename E::vma *vma, unsigned long address) {
		{ env.rcu_read_lock() } -> same<void>;
		{ env.rcu_read_unlock() } -> same<void>;
		{ env.mas_walk(mm, address) } -> same<typename E::vma *>;
		{ env.vma_is_write_locked(mm, vma) } -> same<bool>;
		{ env.take_reference(vma) } -> same<reference>;
		{ env.belongs_to(vma, mm) } -> same<bool>;
		{ env.grab_mm_of(vma) } -> same<typename E::mm *>;
		{ env.drop_mm(mm) } -> same<void>;
		{ env.vma_end_read(vma) } -> same<void>;
		{ env.vma_covers(vma, address) } -> same<bool>;
	};

/** A reference turned out to be to another mm's VMA. Leaves RCU. */
template <refcount_trylock_environment E>
[[gnu::noinline]] void give_back_anothers(E &env, typename E::vma *vma)
{
	typename E::mm *other = env.grab_mm_of(vma);

	env.vma_end_read(vma);
	env.rcu_read_unlock();
	env.drop_mm(other);
}

/**
 * Read-lock the VMA that covers @p address, if that needs no waiting.
 *
 * The sequence numbers are asked twice. Before, so that a writer at work is
 * not bothered with a reference that it would have to wait for. After, since
 * only then is the answer good: with the reference held no writer can lock.
 *
 * A detached VMA may have a successor at the same address, hence the second
 * walk; not a third, as in core/rwsem_trylock.hh.
 *
 * Context: any that may enter an RCU read section; does not sleep.
 * @return the read-locked VMA, or null.
 */
template <refcount_trylock_environment E>
typename E::vma *lock_vma_by_reference(E &env, typename E::mm *mm, unsigned long address)
{
	typename E::vma *locked = nullptr;

	env.rcu_read_lock();
	for (int walk = 0; walk < 2; walk++) {
		typename E::vma *vma = env.mas_walk(mm, address);

		if (!vma || env.vma_is_write_locked(mm, vma))
			break;
		const reference taken = env.take_reference(vma);
		if (taken == reference::detached)
			continue;
		if (taken == reference::refused)
			break;
		if (!env.belongs_to(vma, mm)) {
			give_back_anothers(env, vma);
			return nullptr;
		}
		if (!env.vma_is_write_locked(mm, vma) && env.vma_covers(vma, address))
			locked = vma;
		else
			env.vma_end_read(vma);
		break;
	}
	env.rcu_read_unlock();
	return locked;
}

} // namespace vmalock
