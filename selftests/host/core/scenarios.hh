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

/** mremap() by hand: in each moment one of the two pages is mapped at least. */
inline actor move(address_space &space, unsigned long from, unsigned long to)
{
	co_await space.mmap_write_lock();
	co_await space.store(to, to + 1, space.create(to, to + 1));
	co_await space.mmap_write_unlock();
	co_await space.mmap_write_lock();
	vma *vma = space.tree[from];
	co_await space.exclude_readers(vma);
	co_await space.start_write(vma);
	co_await space.detach(vma);
	co_await space.store(from, from + 1, nullptr);
	co_await space.retire(vma);
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

/** The same of a range that begins with a hole. */
inline const scenario gap_scenarios[] = {
	{ "Gap", [](simulation &sim) { sim.space.map(2, 4); } },
	{ "MoveDown", [](simulation &sim) {
		sim.space.map(2, 3);
		sim.space.map(3, 4);
		sim.spawn("move", move(sim.space, 2, 1));
	} },
	{ "MoveUp", [](simulation &sim) {
		sim.space.map(1, 2);
		sim.space.map(3, 4);
		sim.spawn("move", move(sim.space, 1, 2));
	} },
	{ "MapInGap", [](simulation &sim) {
		sim.space.map(2, 4);
		sim.spawn("map", map(sim.space, 1));
	} },
	{ "ReplaceBehindGap", [](simulation &sim) {
		sim.space.map(1, 2);
		sim.space.map(2, 4);
		sim.spawn("replace", replace(sim.space, 1));
	} },
	{ "UnmapBehindGap", [](simulation &sim) {
		sim.space.map(2, 4);
		sim.spawn("unmap", unmap(sim.space, 2));
	} },
	{ "SplitBehindGap", [](simulation &sim) {
		sim.space.map(1, 3);
		sim.spawn("split", split(sim.space, 1));
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

/** The same at any page, of a range that may begin with a hole. */
inline void crowd_with_gaps(simulation &sim, schedule &schedule)
{
	address_space &space = sim.space;

	space.max_readers = 1 + schedule.pick(3);
	for (unsigned page = 0; page < address_space::pages; page++)
		if (schedule.pick(2))
			space.map(page, page + 1);
	for (unsigned actors = 1 + schedule.pick(5); actors > 0; actors--) {
		const unsigned long page = schedule.pick(address_space::pages);

		switch (schedule.pick(7)) {
		case 0: sim.spawn("change", change(space, page)); break;
		case 1: sim.spawn("unmap", unmap(space, page)); break;
		case 2: sim.spawn("map", map(space, page)); break;
		case 3: sim.spawn("replace", replace(space, page)); break;
		case 4: sim.spawn("merge", merge(space, page)); break;
		case 5: sim.spawn("fault", fault(space, page)); break;
		case 6: sim.spawn("kill", kill(space)); break;
		}
	}
}

} // namespace simulator
