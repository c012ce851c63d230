// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What other tasks may be doing to the address space during the call: each
 * scenario lays out page 0, which the call asks for, and lets actors loose.
 */
#pragma once

#include "simulation.hh"

namespace simulator {

/** mprotect(), or anything that writes to a VMA and leaves it where it is. */
inline actor change(address_space &space, unsigned long address)
{
	co_await space.mmap_write_lock();
	if (vma *vma = space.tree[address]) {
		co_await space.exclude_readers(vma);
		co_await space.start_write(vma);
	}
	co_await space.mmap_write_unlock();
}

inline actor unmap(address_space &space, unsigned long address)
{
	co_await space.mmap_write_lock();
	if (vma *vma = space.tree[address]) {
		co_await space.exclude_readers(vma);
		co_await space.start_write(vma);
		co_await space.detach(vma);
		co_await space.store(vma->start, vma->end, nullptr);
		co_await space.retire(vma);
	}
	co_await space.mmap_write_unlock();
}

inline actor map(address_space &space, unsigned long address)
{
	co_await space.mmap_write_lock();
	if (!space.tree[address])
		co_await space.store(address, address + 1, space.create(address, address + 1));
	co_await space.mmap_write_unlock();
}

/** mmap(MAP_FIXED) over a mapping: to others, it is never unmapped. */
inline actor replace(address_space &space, unsigned long address)
{
	co_await space.mmap_write_lock();
	if (vma *vma = space.tree[address]) {
		co_await space.exclude_readers(vma);
		co_await space.start_write(vma);
		co_await space.detach(vma);
		co_await space.store(vma->start, vma->end, nullptr);
		co_await space.store(vma->start, vma->end, space.create(vma->start, vma->end));
		co_await space.retire(vma);
	}
	co_await space.mmap_write_unlock();
}

/** The VMA keeps all but its first page, which becomes a VMA of its own. */
inline actor split(address_space &space, unsigned long address)
{
	co_await space.mmap_write_lock();
	vma *vma = space.tree[address];
	if (vma && vma->start + 1 < vma->end) {
		co_await space.exclude_readers(vma);
		co_await space.start_write(vma);
		unsigned long start = vma->start;
		co_await space.set_range(vma, start + 1, vma->end);
		co_await space.store(start, start + 1, space.create(start, start + 1));
	}
	co_await space.mmap_write_unlock();
}

/** The VMA after this one takes its pages over. */
inline actor merge(address_space &space, unsigned long address)
{
	co_await space.mmap_write_lock();
	vma *vma = space.tree[address];
	simulator::vma *next = vma && vma->end < space.pages ? space.tree[vma->end] : nullptr;
	if (next) {
		co_await space.exclude_readers(vma);
		co_await space.start_write(vma);
		co_await space.exclude_readers(next);
		co_await space.start_write(next);
		co_await space.set_range(next, vma->start, next->end);
		co_await space.store(vma->start, vma->end, next);
		co_await space.detach(vma);
		co_await space.retire(vma);
	}
	co_await space.mmap_write_unlock();
}

/** A page fault holds the VMA read-locked for a while. */
inline actor fault(address_space &space, unsigned long address)
{
	vma *locked = nullptr;
	co_await space.fault_begins(address, &locked);
	co_await space.fault_ends(&locked);
}

/** Somebody reads the mappings under mmap_lock. */
inline actor read_maps(address_space &space)
{
	co_await space.mmap_read_lock();
	co_await space.mmap_read_unlock();
}

/** SIGKILL for the task whose call is under test. */
inline actor kill(address_space &space)
{
	co_await space.kill();
}

struct scenario {
	const char *name;
	void (*set_up)(simulation &);
};

/** Few enough steps that every schedule can be run. */
inline const scenario small_scenarios[] = {
	{ "Alone", [](simulation &sim) { sim.space.map(0, 1); } },
	{ "NothingMapped", [](simulation &sim) { sim.space.map(1, 2); } },
	{ "Change", [](simulation &sim) {
		sim.space.map(0, 2);
		sim.spawn("change", change(sim.space, 0));
	} },
	{ "Unmap", [](simulation &sim) {
		sim.space.map(0, 1);
		sim.spawn("unmap", unmap(sim.space, 0));
	} },
	{ "Map", [](simulation &sim) { sim.spawn("map", map(sim.space, 0)); } },
	{ "Replace", [](simulation &sim) {
		sim.space.map(0, 1);
		sim.spawn("replace", replace(sim.space, 0));
	} },
	{ "Split", [](simulation &sim) {
		sim.space.map(0, 2);
		sim.spawn("split", split(sim.space, 0));
	} },
	{ "Merge", [](simulation &sim) {
		sim.space.map(0, 1);
		sim.space.map(1, 3);
		sim.spawn("merge", merge(sim.space, 0));
	} },
	{ "ChangeAndKill", [](simulation &sim) {
		sim.space.map(0, 1);
		sim.spawn("change", change(sim.space, 0));
		sim.spawn("kill", kill(sim.space));
	} },
	{ "ChangeAndFault", [](simulation &sim) {
		sim.space.map(0, 1);
		sim.spawn("change", change(sim.space, 0));
		sim.spawn("fault", fault(sim.space, 0));
	} },
	{ "UnmapAndMap", [](simulation &sim) {
		sim.space.map(0, 1);
		sim.spawn("unmap", unmap(sim.space, 0));
		sim.spawn("map", map(sim.space, 0));
	} },
	{ "ReplaceTwice", [](simulation &sim) {
		sim.space.map(0, 1);
		sim.spawn("replace", replace(sim.space, 0));
		sim.spawn("again", replace(sim.space, 0));
	} },
	{ "SplitAndUnmap", [](simulation &sim) {
		sim.space.map(0, 2);
		sim.spawn("split", split(sim.space, 0));
		sim.spawn("unmap", unmap(sim.space, 0));
	} },
	{ "Saturated", [](simulation &sim) {
		sim.space.map(0, 1);
		sim.space.max_readers = 1;
		sim.spawn("fault", fault(sim.space, 0));
		sim.spawn("read_maps", read_maps(sim.space));
	} },
};

/** Run @p test under every schedule of the scenario; how many there were. */
template <class Test>
unsigned long under_every_schedule(const scenario &scenario, Test test)
{
	every_schedule schedule;
	unsigned long runs = 0;

	do {
		simulation sim(schedule, 0);
		scenario.set_up(sim);
		test(sim);
		runs++;
	} while (schedule.next());
	return runs;
}

/** A random handful of everything, for schedules that are drawn. */
inline void crowd(simulation &sim, schedule &schedule)
{
	address_space &space = sim.space;

	space.max_readers = 1 + schedule.pick(3);
	if (schedule.pick(4))
		space.map(0, 1 + schedule.pick(3));
	space.map(3, 4);
	for (unsigned actors = 1 + schedule.pick(4); actors > 0; actors--) {
		switch (schedule.pick(9)) {
		case 0: sim.spawn("change", change(space, 0)); break;
		case 1: sim.spawn("unmap", unmap(space, 0)); break;
		case 2: sim.spawn("map", map(space, 0)); break;
		case 3: sim.spawn("replace", replace(space, 0)); break;
		case 4: sim.spawn("split", split(space, 0)); break;
		case 5: sim.spawn("merge", merge(space, 0)); break;
		case 6: sim.spawn("fault", fault(space, 0)); break;
		case 7: sim.spawn("read_maps", read_maps(space)); break;
		case 8: sim.spawn("kill", kill(space)); break;
		}
	}
}

} // namespace simulator
