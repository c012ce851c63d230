// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Makes one call and holds it to the contract, from the environment's books
 * alone. Throws violation with the whole history of the run.
 */
#pragma once

#include <algorithm>

#include "simulation.hh"

namespace simulator {

/** No lock of any kind is left with the call, but for that of @p expected. */
template <class Environment>
void check_locks(simulation &sim, const vma *expected)
{
	sim.check(sim.mmap_locks_held == (expected && Environment::vma_lock_is_mmap_lock),
		  sim.mmap_locks_held ? "mmap_lock is still held" : "mmap_lock is not held");
	sim.check(!sim.space.rcu_readers, "the RCU read section was not left");
	for (const vma &vma : sim.space.vmas())
		sim.check(vma.callers == (&vma == expected), &vma == expected ?
			"the VMA returned is not read-locked exactly once" :
			"a VMA that was not returned is read-locked");
}

/** A locked VMA is the one at @p address, and stays it until it is let go. */
template <class Environment>
void check_stays_put(simulation &sim, vma *locked, unsigned long address)
{
	const auto is_the_one = [&] {
		return !locked->freed && locked->attached && locked->covers(address) &&
		       sim.space.tree[address] == locked && !sim.space.write_locked(locked);
	};
	sim.check(is_the_one(), "the VMA returned is not the one at the address");
	const unsigned long start = locked->start, end = locked->end;
	sim.run_others();
	sim.check(is_the_one() && locked->start == start && locked->end == end,
		  "the VMA changed while it was read-locked");
}

/** Each outcome is allowed only for a cause that the environment saw. */
inline void check_outcome(simulation &sim, const vma *locked, vmalock_outcome outcome,
			  vmalock::wait how, bool saw_unmapped)
{
	sim.check(sim.slow_passes <= 1, "more than one slow pass");
	sim.check(sim.counted.size() == 1 && sim.counted[0] == outcome,
		  "the call was not counted once, as what it was");
	switch (outcome) {
	case VMALOCK_OUTCOME_FAST:
	case VMALOCK_OUTCOME_WAITED:
		sim.check((outcome == VMALOCK_OUTCOME_FAST) == (sim.slow_passes == 0),
			  "FAST and the slow pass exclude each other");
		sim.check(locked, "locked, it says, but returns nothing");
		return;
	case VMALOCK_OUTCOME_UNMAPPED:
		sim.check(saw_unmapped, "unmapped, it says, but it was mapped all the time");
		break;
	case VMALOCK_OUTCOME_INTERRUPTED:
		sim.check(how == vmalock::wait::killable && sim.space.fatal_signal,
			  "interrupted, it says, but by no fatal signal");
		break;
	case VMALOCK_OUTCOME_SATURATED:
		sim.check(sim.saw_saturated, "saturated, it says, but it was not");
		break;
	default:
		sim.fail("an outcome that does not exist");
	}
	sim.check(!locked, "returns a VMA and says that it has none");
}

/** Afterwards everybody gets on with it: nothing was left locked. */
template <class Environment>
void check_aftermath(simulation &sim)
{
	sim.run_others();
	sim.check(sim.others_done(), "another task is stuck after the call");
	check_locks<Environment>(sim, nullptr);
	sim.check(!sim.space.mmap_readers && !sim.space.writer, "mmap_lock is held for ever");
	for (const vma &vma : sim.space.vmas())
		sim.check(!vma.readers, "a VMA is read-locked for ever");
}

/** The waiting helper. */
template <class Environment>
vmalock_outcome check_call(simulation &sim, vmalock::wait how)
{
	Environment environment(sim);
	auto result = vmalock::vma_start_read_unlocked(environment, &sim.space, sim.address, how);

	sim.log("call", "returns", result.vma);
	sim.check(sim.slow_passes || result.outcome == VMALOCK_OUTCOME_FAST,
		  "nothing is locked, and no slow pass was made");
	check_outcome(sim, result.vma, result.outcome, how, sim.saw_unmapped);
	check_locks<Environment>(sim, result.vma);
	if (result.vma) {
		check_stays_put<Environment>(sim, result.vma, sim.address);
		vmalock::end_read(environment, result.vma);
	}
	sim.check(!sim.noted, "the books hold a lock that was released");
	check_aftermath<Environment>(sim);
	return result.outcome;
}

/**
 * The walk's helper, for all pages from the address on. What it returns must have been
 * the first in one moment at least; the record of that is the simulation's.
 */
template <class Environment>
vmalock_outcome check_next(simulation &sim, vmalock::wait how)
{
	Environment environment(sim);
	auto result = vmalock::vma_start_read_next(environment, &sim.space, sim.address,
						   address_space::pages, how);

	sim.log("call", "returns", result.vma);
	check_outcome(sim, result.vma, result.outcome, how, sim.first_mapped[address_space::pages]);
	check_locks<Environment>(sim, result.vma);
	if (result.vma) {
		const unsigned long first = std::max(result.vma->start, sim.address);

		sim.check(sim.first_mapped[first], "the VMA returned was the first at no moment");
		check_stays_put<Environment>(sim, result.vma, first);
		vmalock::end_read(environment, result.vma);
	}
	sim.check(!sim.noted, "the books hold a lock that was released");
	check_aftermath<Environment>(sim);
	return result.outcome;
}

/** The trylock alone: null needs no reason, a VMA is held to the same rules. */
template <class Environment>
bool check_trylock(simulation &sim)
{
	Environment environment(sim);
	vma *locked = vmalock::try_start_read(environment, &sim.space, sim.address);

	sim.log("call", "returns", locked);
	sim.check(sim.slow_passes == 0, "a trylock waited");
	sim.check(sim.counted.size() == 1 &&
			  sim.counted[0] == (locked ? VMALOCK_OUTCOME_TRYLOCK : VMALOCK_OUTCOME_REFUSED),
		  "the trylock was not counted once, as what it was");
	sim.check(sim.walks <= 2, "a trylock walked more than twice");
	check_locks<Environment>(sim, locked);
	if (locked) {
		check_stays_put<Environment>(sim, locked, sim.address);
		vmalock::end_read(environment, locked);
	}
	check_aftermath<Environment>(sim);
	return locked;
}

} // namespace simulator
