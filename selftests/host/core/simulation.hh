// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The simulated environment of core/: every operation lets other tasks run
 * first, as many steps as the schedule likes, and checks that it may be called
 * at all. It keeps its own records and trusts no argument.
 */
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "address_space.hh"
#include "core/next_vma.hh"
#include "core/refcount_trylock.hh"
#include "core/rwsem_trylock.hh"
#include "schedule.hh"

namespace simulator {

/** One call of the code under test, among actors, under a schedule. */
class simulation {
public:
	/** Far above what a correct call needs under any schedule. */
	static constexpr unsigned max_operations = 40;

	simulation(schedule &schedule, unsigned long address)
		: address(address), schedule_(schedule)
	{
	}
	simulation(const simulation &) = delete;

	void spawn(const char *name, actor actor) { actors_.push_back({ name, std::move(actor) }); }

	/** An operation of the call under test begins: others may come first. */
	void operation(const char *name)
	{
		for (;;) {
			const auto &others = runnable();
			unsigned chosen = schedule_.pick(1 + others.size());
			if (chosen == 0)
				break;
			run(*others[chosen - 1]);
		}
		log("call", name);
		if (++operations == max_operations)
			fail("the call does not come to an end");
		observe();
	}

	/** The call sleeps until @p condition holds. */
	template <class Condition> void sleep_until(Condition condition)
	{
		while (!condition()) {
			const auto &others = runnable();
			if (others.empty())
				fail("deadlock: the call sleeps and nobody can wake it");
			run(*others[schedule_.pick(others.size())]);
		}
		observe();
	}

	/** Let the others go on until each is done or has to wait. */
	void run_others()
	{
		while (!runnable().empty())
			run(*runnable_[0]);
	}

	bool others_done() const
	{
		for (const auto &[name, actor] : actors_)
			if (!actor.done())
				return false;
		return true;
	}

	bool pick() { return schedule_.pick(2); }

	void check(bool rule, const char *broken)
	{
		if (!rule)
			fail(broken);
	}

	void log(const char *who, const char *what, const vma *vma = nullptr)
	{
		log_.push_back({ who, what, vma ? vma->name : ' ' });
	}

	address_space space;
	const unsigned long address;	/**< that the call asks for */

	/** @name What the call did, as the environment saw it. */
	///@{
	unsigned operations = 0;
	unsigned walks = 0;
	unsigned slow_passes = 0;
	unsigned mmap_locks_held = 0;
	bool saw_unmapped = false;	/**< during the slow pass nothing was mapped */
	bool saw_saturated = false;
	bool saw_detached = false;
	bool saw_moved = false;
	std::vector<vmalock_outcome> counted;
	unsigned noted = 0;		/**< locks in the books: finished, not yet released */
	/** The first mapped page from `address` on, at any moment; `pages` is none. */
	std::array<bool, address_space::pages + 1> first_mapped{};
	vmalock_u64 clock = 1000;
	///@}

	[[noreturn]] void fail(const std::string &why)
	{
		std::string message = why + "\n";
		for (const event &event : log_)
			message += std::string("    ") + event.who + ": " + event.what + " " +
				   event.vma + "\n";
		throw violation(message);
	}

private:
	struct named_actor {
		const char *name;
		simulator::actor actor;
	};
	struct event {
		const char *who, *what;
		char vma;
	};

	/** The actors that can take their next step; valid until one does. */
	const std::vector<named_actor *> &runnable()
	{
		runnable_.clear();
		for (named_actor &each : actors_)
			if (each.actor.can_run())
				runnable_.push_back(&each);
		return runnable_;
	}

	void run(named_actor &chosen)
	{
		log(chosen.name, chosen.actor.next().name);
		chosen.actor.run();
		observe();
	}

	void observe()
	{
		if (slow_passes && !space.mapped[address])
			saw_unmapped = true;
		first_mapped[space.next_mapped(address)] = true;
	}

	schedule &schedule_;
	std::vector<named_actor> actors_;
	std::vector<named_actor *> runnable_;
	std::vector<event> log_;
};

/** The operations that core/environment.hh lists, all but the trylock. */
struct operations {
	using mm = address_space;
	using vma = simulator::vma;

	static constexpr bool vma_lock_is_mmap_lock = false;

	explicit operations(simulation &simulation) : sim(simulation), space(simulation.space) {}

	void rcu_read_lock()
	{
		sim.operation("rcu_read_lock");
		space.rcu_readers++;
	}

	void rcu_read_unlock()
	{
		sim.operation("rcu_read_unlock");
		sim.check(space.rcu_readers == 1, "rcu_read_unlock() without rcu_read_lock()");
		space.rcu_readers--;
		space.free_retired();
	}

	vma *mas_walk(mm *, unsigned long address)
	{
		sim.operation("mas_walk");
		sim.check(space.rcu_readers, "mas_walk() outside of RCU");
		sim.walks++;
		vma *found = space.tree[address];
		sim.log("call", "found", found);
		return found;
	}

	bool vma_start_read(vma *vma)
	{
		sim.operation("vma_start_read");
		sim.check(!vma->freed, "vma_start_read() of a freed VMA");
		if (!space.lockable(vma) || sequence_wrapped())
			return false;
		lock(vma);
		return true;
	}

	void vma_end_read(vma *vma)
	{
		sim.operation("vma_end_read");
		check_locked(vma);
		vma->readers--;
		vma->callers--;
	}

	bool vma_is_detached(vma *vma)
	{
		sim.operation("vma_is_detached");
		check_locked(vma);
		sim.saw_detached |= !vma->attached;
		return !vma->attached;
	}

	bool vma_covers(vma *vma, unsigned long address)
	{
		sim.operation("vma_covers");
		check_locked(vma);
		sim.saw_moved |= !vma->covers(address);
		return vma->covers(address);
	}

	void mmap_read_lock(mm *)
	{
		sim.slow_passes++;
		sim.operation("mmap_read_lock");
		check_may_sleep();
		sim.sleep_until([this] { return !space.writer; });
		space.mmap_readers++;
		sim.mmap_locks_held++;
	}

	/** As down_read_killable(): a lock that is free is taken all the same. */
	bool mmap_read_lock_killable(mm *)
	{
		sim.slow_passes++;
		sim.operation("mmap_read_lock_killable");
		check_may_sleep();
		sim.sleep_until([this] { return !space.writer || space.fatal_signal; });
		if (space.writer || (space.fatal_signal && sim.pick()))
			return false;
		space.mmap_readers++;
		sim.mmap_locks_held++;
		return true;
	}

	bool mmap_read_trylock(mm *)
	{
		sim.operation("mmap_read_trylock");
		if (space.writer)
			return false;
		space.mmap_readers++;
		sim.mmap_locks_held++;
		return true;
	}

	void mmap_read_unlock(mm *)
	{
		sim.operation("mmap_read_unlock");
		sim.check(sim.mmap_locks_held, "mmap_read_unlock() without mmap_read_lock()");
		sim.mmap_locks_held--;
		space.mmap_readers--;
	}

	vma *vma_lookup(mm *, unsigned long address)
	{
		sim.operation("vma_lookup");
		sim.check(sim.mmap_locks_held, "vma_lookup() without mmap_lock");
		sim.log("call", "found", space.tree[address]);
		return space.tree[address];
	}

	bool vma_start_read_locked(vma *vma)
	{
		sim.operation("vma_start_read_locked");
		sim.check(sim.mmap_locks_held, "vma_start_read_locked() without mmap_lock");
		sim.check(!vma->freed && vma->attached, "vma_start_read_locked() of an unlinked VMA");
		if (space.saturated(vma)) {
			sim.saw_saturated = true;
			return false;
		}
		lock(vma);
		return true;
	}

	/** The tree has nodes of two pages, and changes between one and the next. */
	unsigned long next_mapped(mm *, unsigned long address, unsigned long end)
	{
		for (; address < end; address++) {
			if (address % 2 == 0)
				sim.operation("next_mapped");
			if (space.tree[address])
				break;
		}
		return address;
	}

	unsigned long vma_start(vma *vma)
	{
		check_locked(vma);
		return vma->start;
	}

	bool mmap_lock_speculate_try_begin(mm *, unsigned &sequence)
	{
		sim.operation("mmap_lock_speculate_try_begin");
		sequence = space.write_seq;
		return !space.writer;
	}

	bool mmap_lock_speculate_retry(mm *, unsigned sequence)
	{
		sim.operation("mmap_lock_speculate_retry");
		return space.writer || space.write_seq != sequence;
	}

	vma *find_vma_intersection(mm *, unsigned long address, unsigned long end)
	{
		sim.operation("find_vma_intersection");
		sim.check(sim.mmap_locks_held, "find_vma_intersection() without mmap_lock");
		while (address < end && !space.tree[address])
			address++;
		return address < end ? space.tree[address] : nullptr;
	}

	vmalock_u64 now() { return sim.clock += 7; }

	void waiting(mm *, unsigned long)
	{
		sim.check(!sim.slow_passes, "waiting() after the wait began");
	}

	void finished(mm *, unsigned long, const vmalock::lock_result<vma> &result)
	{
		sim.check(!result.vma || result.vma->callers, "finished() with a VMA that is not locked");
		sim.check(result.waited_ns < 100, "finished() with a time that never was");
		sim.check((result.waited_ns > 0) == (sim.slow_passes > 0),
			  "a slow pass takes time, and nothing else does");
		sim.counted.push_back(result.outcome);
		sim.noted += result.vma != nullptr;
	}

	void released(vma *vma)
	{
		sim.check(vma->callers, "released() when the VMA may be gone");
		sim.check(sim.noted, "released() of a lock that is not in the books");
		sim.noted--;
	}

protected:
	/** A sequence number that came round looks like a writer's. */
	bool sequence_wrapped() { return sim.pick(); }

	void lock(vma *vma)
	{
		vma->readers++;
		vma->callers++;
		sim.log("call", "locked", vma);
	}

	simulation &sim;
	address_space &space;

private:
	void check_locked(vma *vma)
	{
		sim.check(vma->callers, "an operation on a VMA that the call has not locked");
	}

	void check_may_sleep()
	{
		sim.check(!space.rcu_readers, "mmap_lock taken inside RCU");
		sim.check(!sim.mmap_locks_held, "mmap_lock taken twice");
		for (const vma &vma : space.vmas())
			sim.check(!vma.callers, "mmap_lock taken with a VMA lock held");
	}
};

/** Writers are not numbered when they begin. */
template <class Environment>
struct without_speculation : Environment {
	using Environment::Environment;

	bool mmap_lock_speculate_try_begin(address_space *, unsigned &) { return false; }
	bool mmap_lock_speculate_retry(address_space *, unsigned) { return true; }
};

/** Where the kernel lets modules call its own trylock. */
template <class Operations = operations>
struct kernel_trylock : Operations {
	using Operations::Operations;

	vma *lock_vma_under_rcu(address_space *space, unsigned long address)
	{
		this->sim.operation("lock_vma_under_rcu");
		vma *found = space->tree[address];
		if (!found || !space->lockable(found) || this->sequence_wrapped())
			return nullptr;
		this->lock(found);
		return found;
	}
};

/** Where core/rwsem_trylock.hh rebuilds it. */
template <class Operations = operations>
struct rebuilt_trylock : Operations {
	using Operations::Operations;

	vma *lock_vma_under_rcu(address_space *space, unsigned long address)
	{
		return vmalock::lock_vma_under_rcu(*this, space, address);
	}
};

/** The operations that core/refcount_trylock.hh lists besides. */
struct counted_operations : operations {
	using operations::operations;

	bool vma_is_write_locked(address_space *space, vma *vma)
	{
		sim.operation("vma_is_write_locked");
		sim.check(space->rcu_readers, "vma_is_write_locked() outside of RCU");
		// A number that wrapped is the same number when it is asked again.
		return space->write_locked(vma) || (!vma->callers && sequence_wrapped());
	}

	/** A writer that has locked the VMA does not keep references out. */
	vmalock::reference take_reference(vma *vma)
	{
		sim.operation("take_reference");
		sim.check(space.rcu_readers, "take_reference() outside of RCU");
		if (vma->freed || !vma->attached)
			return vmalock::reference::detached;
		if (vma->readers_excluded || space.saturated(vma))
			return vmalock::reference::refused;
		lock(vma);
		return vmalock::reference::taken;
	}

	/** That a VMA was made again for another mm is up to the schedule. */
	bool belongs_to(vma *vma, address_space *)
	{
		sim.check(vma->callers, "belongs_to() without a reference");
		foreign = sim.pick() ? vma : nullptr;
		return !foreign;
	}

	address_space *grab_mm_of(vma *vma)
	{
		sim.check(vma->callers, "grab_mm_of() without a reference");
		grabbed = true;
		return &space;
	}

	void drop_mm(address_space *)
	{
		sim.check(grabbed && !space.rcu_readers, "drop_mm() where it must not be");
		grabbed = false;
	}

	void vma_end_read(vma *vma)
	{
		sim.check(vma != foreign || grabbed, "a reference to another mm's VMA given back "
						     "without keeping that mm");
		operations::vma_end_read(vma);
		foreign = nullptr;
	}

	bool vma_covers(vma *vma, unsigned long address)
	{
		sim.check(vma != foreign, "another mm's VMA is used");
		return operations::vma_covers(vma, address);
	}

private:
	vma *foreign = nullptr;
	bool grabbed = false;
};

/** Where core/refcount_trylock.hh rebuilds it from a reference count. */
template <class Operations = counted_operations>
struct counted_trylock : Operations {
	using Operations::Operations;

	vma *lock_vma_under_rcu(address_space *space, unsigned long address)
	{
		return vmalock::lock_vma_by_reference(*this, space, address);
	}
};

/** A kernel without per-VMA locks: what is held for a VMA is mmap_lock. */
struct no_vma_lock : operations {
	using operations::operations;

	static constexpr bool vma_lock_is_mmap_lock = true;

	vma *lock_vma_under_rcu(address_space *space, unsigned long address)
	{
		if (!mmap_read_trylock(space))
			return nullptr;
		vma *found = space->tree[address];
		if (found)
			lock(found);
		else
			mmap_read_unlock(space);
		return found;
	}

	bool vma_start_read_locked(vma *vma)
	{
		sim.operation("vma_start_read_locked");
		sim.check(sim.mmap_locks_held, "vma_start_read_locked() without mmap_lock");
		lock(vma);
		return true;
	}

	void vma_end_read(vma *vma)
	{
		operations::vma_end_read(vma);
		mmap_read_unlock(&space);
	}
};

} // namespace simulator
