// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * lock_vma_under_rcu() for kernels that have it but do not export it.
 */
#pragma once

#include "core/environment.hh"

namespace vmalock {

/**
 * Read-lock the VMA that covers @p address, if that needs no waiting.
 *
 * The walk takes no lock, so what it finds may be written to, unlinked or
 * moved by the time it is locked. The read lock stops all three; only then
 * can be asked whether they have happened.
 *
 * An unlinked VMA may have a successor at the same address, hence the second
 * walk. Not a third: a trylock may always fail, and a process that keeps
 * replacing a mapping must not be able to keep its caller here.
 *
 * Context: any that may enter an RCU read section; does not sleep.
 * @return the read-locked VMA, or null.
 */
template <trylock_environment E>
typename E::vma *lock_vma_under_rcu(E &env, typename E::mm *mm, unsigned long address)
{
	typename E::vma *locked = nullptr;

	env.rcu_read_lock();
	for (int walk = 0; walk < 2; walk++) {
		typename E::vma *vma = env.mas_walk(mm, address);

		if (!vma || !env.vma_start_read(vma))
			break;
		if (env.vma_is_detached(vma)) {
			env.vma_end_read(vma);
			continue;
		}
		if (env.vma_covers(vma, address))
			locked = vma;
		else
			env.vma_end_read(vma);
		break;
	}
	env.rcu_read_unlock();
	return locked;
}

} // namespace vmalock
