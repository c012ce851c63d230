// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Where values of vm_refcnt come from: a VMA, one writer at a time and a few
 * readers, as a machine of atomic steps. All of its states are visited, so
 * each value is seen with everything that it can stand for.
 *
 * Only the steps touch the count. The name of a state follows from which task has
 * taken which reference; no step of the kernel could know that.
 */
#pragma once

#include <cstdint>
#include <set>
#include <tuple>
#include <vector>

#include "core/vm_refcnt.hh"

namespace refcnt_protocol {

using vmalock::vm_refcnt_state;

constexpr std::uint32_t flag = 0x40000000;

struct world {
	// What the kernel keeps. Of the sequence numbers only what they show.
	std::uint32_t refcnt = 0;
	bool equal = false;		// vm_lock_seq == mm_lock_seq
	bool mmap_locked = false;	// mm_lock_seq is odd

	// Who has done what.
	bool own = false;		// the VMA's own reference is counted
	bool flagged = false;
	bool detaches = false;		// the writer's aim
	int checked = 0;		// tasks that saw no write lock, and will raise
	int raised = 0;			// that have raised, and will look again
	int held = 0;			// that hold the read lock
	int leaving = 0;		// that were refused, and will drop

	auto operator<=>(const world &) const = default;

	int references() const { return raised + held + leaving; }

	vm_refcnt_state state() const
	{
		using enum vm_refcnt_state;

		if (!own && !flagged)
			return references() ? detaching : detached;
		if (detaches && flagged)
			return references() ? detach_waiting : detach_excluded;
		if (flagged)
			return references() ? write_waiting : write_excluded;
		if (equal)
			return write_locked;
		return references() ? read_locked : unlocked;
	}
};

/** Calls @p step with each world that one step of one task makes of @p now. */
template <class Step>
void reader_steps(const world &now, int readers, Step step)
{
	const auto with = [&](auto change) {
		world next = now;
		change(next);
		step(next);
	};

	if (now.checked + now.references() < readers && !now.equal)
		with([](world &w) { w.checked++; });
	if (now.checked) {
		with([](world &w) {
			w.checked--;
			if (w.refcnt && w.refcnt < flag - 1) {
				w.refcnt++;
				w.raised++;
			}
		});
	}
	if (now.raised) {
		with([](world &w) { w.raised--; (w.equal ? w.leaving : w.held)++; });
		// The VMA turned out to be another mm's.
		with([](world &w) { w.raised--; w.leaving++; });
	}
	if (now.held)
		with([](world &w) { w.held--; w.refcnt--; });
	if (now.leaving)
		with([](world &w) { w.leaving--; w.refcnt--; });
}

/** The writer works on this VMA or on others of the mm. */
template <class Step>
void writer_steps(const world &now, Step step)
{
	const auto with = [&](auto change) {
		world next = now;
		change(next);
		step(next);
	};
	const bool mid_detach = !now.own && now.detaches;

	if (!now.mmap_locked) {
		with([](world &w) { w.mmap_locked = true; w.equal = false; });
		return;
	}
	if (!now.flagged && !mid_detach)
		with([](world &w) { w.mmap_locked = w.equal = false; });

	if (now.own && !now.flagged && !now.equal)	// write-lock
		with([](world &w) { w.refcnt += flag; w.flagged = true; });
	if (now.flagged && !now.detaches && now.refcnt == flag + 1 && !now.equal)
		with([](world &w) { w.equal = true; });
	if (now.flagged && !now.detaches && now.equal)
		with([](world &w) { w.refcnt -= flag; w.flagged = false; });
	if (now.flagged && !now.detaches && !now.equal)	// killed while it waited
		with([](world &w) { w.refcnt -= flag; w.flagged = false; });

	if (now.own && !now.flagged && now.equal) {	// detach
		with([](world &w) {
			w.own = false;
			w.detaches = --w.refcnt;
		});
	}
	if (mid_detach && !now.flagged) {
		with([](world &w) {
			if (w.refcnt) {
				w.refcnt += flag;
				w.flagged = true;
			} else {
				w.detaches = false;
			}
		});
	}
	if (mid_detach && now.refcnt == flag)
		with([](world &w) { w.refcnt = 0; w.flagged = w.detaches = false; });

	if (!now.own && !now.flagged && !mid_detach) {	// write-lock it detached, attach
		with([](world &w) { w.equal = true; });
		if (now.equal)
			with([](world &w) { w.refcnt = 1; w.own = true; });
	}
}

/** All worlds that come about with up to @p readers readers at once. */
inline std::set<world> all_worlds(int readers)
{
	std::set<world> seen = { world{} };
	std::vector<world> open = { world{} };

	while (!open.empty()) {
		const world now = open.back();
		const auto visit = [&](const world &next) {
			if (seen.insert(next).second)
				open.push_back(next);
		};

		open.pop_back();
		reader_steps(now, readers, visit);
		writer_steps(now, visit);
	}
	return seen;
}

} // namespace refcnt_protocol
