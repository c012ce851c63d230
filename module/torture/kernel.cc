// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A reader bound to the kernel: a drawn call, and what there is to say of it.
 */
#include "torture/busted.hh"
#include "torture/draws.hh"
#include "torture/environment.h"
#include "torture/judge.hh"

namespace vmalock::torture {
namespace {

/** Pages that a call for the next VMA looks at. */
constexpr vmalock_u32 most_pages = 8;
/** One hold in so many sleeps, up to so many microseconds. */
constexpr vmalock_u32 sleeping_hold = 64, longest_hold_us = 200;

using region = vmalock_torture_region;

sighting sight(const region *region, vmalock_u32 page)
{
	vmalock_torture_page found;

	vmalock_torture_env_sight(region, page, &found);
	return { found.generation, found.state, found.began, found.ended };
}

seen_vma look(const region *region, vm_area_struct *vma)
{
	vmalock_torture_seen seen;

	vmalock_torture_env_look(region, vma, &seen);
	return { seen.start, seen.end, seen.writable, seen.of_this_mm };
}

constexpr bool is_next(vmalock_torture_call call)
{
	return call == VMALOCK_TORTURE_NEXT || call == VMALOCK_TORTURE_NEXT_KILLABLE;
}

/** The call that a broken one is like. */
constexpr vmalock_torture_call likeness(vmalock_torture_busted busted, vmalock_torture_call drawn)
{
	if (busted == VMALOCK_TORTURE_SOUND)
		return drawn;
	return busted == VMALOCK_TORTURE_NO_RETRY ? VMALOCK_TORTURE_NEXT : VMALOCK_TORTURE_WAIT;
}

unsigned bucket_of(vmalock_u64 ns)
{
	const unsigned bucket = ns ? 63 - static_cast<unsigned>(__builtin_clzll(ns)) : 0;

	return bucket < VMALOCK_TORTURE_BUCKETS ? bucket : VMALOCK_TORTURE_BUCKETS - 1;
}

/** One call of a reader: what it asks for, what it locks, and for how long. */
class reading {
public:
	reading(draws &draw, region *of)
		: draw(draw), of(of), busted(vmalock_torture_env_busted(of)),
		  call(likeness(busted, static_cast<vmalock_torture_call>(draw.below(VMALOCK_TORTURE_CALL_NR)))),
		  page(draw.below(vmalock_torture_env_pages(of))), pages(is_next(call) ? 1 + draw.below(most()) : 1),
		  address(address_of(page)), end(address_of(page + pages)),
		  hold_us(draw.below(sleeping_hold) ? 0 : draw.below(longest_hold_us))
	{
	}

	void lock()
	{
		const vmalock_u32 before = vmalock_torture_env_locks_held();

		switch (busted) {
		case VMALOCK_TORTURE_NO_LOOKUP: locked = lock_by<no_lookup>(draw, of, address); break;
		case VMALOCK_TORTURE_NO_RANGE_CHECK: locked = lock_by<no_range_check>(draw, of, address); break;
		case VMALOCK_TORTURE_NO_SEQUENCE: locked = lock_by<no_sequence>(draw, of, address); break;
		case VMALOCK_TORTURE_NO_SECOND_LOOK: locked = lock_by<no_second_look>(draw, of, address); break;
		case VMALOCK_TORTURE_INVERTED: locked = lock_by<inverted>(draw, of, address); break;
		case VMALOCK_TORTURE_NO_RETRY: locked = lock_next_by<no_retry>(draw, of, address, end); break;
		case VMALOCK_TORTURE_FORGETS_MMAP_LOCK: locked = lock_by<forgets_mmap_lock>(draw, of, address); break;
		case VMALOCK_TORTURE_RETRIES_FOREVER: locked = lock_by<retries_forever>(draw, of, address); break;
		default: locked = { vmalock_torture_env_lock(of, call, address, end, &interrupted), false };
		}
		// Lockdep knows one lock of a VMA. A broken trylock holds RCU besides: it is not run there.
		kept_lock = vmalock_torture_env_locks_held() > before + (locked.vma != nullptr);
	}

	/** What it has locked, as it is before it is released and where it said that it was released. */
	void hold_and_release(seen_vma &last, sighting &at_last, vmalock_u32 met)
	{
		const bool is_early = busted == VMALOCK_TORTURE_RELEASES_EARLY;
		const bool may_sleep = !is_early && !locked.is_raw;

		if (is_early) {
			vmalock_torture_env_rcu_read_lock();
			vmalock_torture_env_end_read(locked.vma);
		}
		if (may_sleep)
			vmalock_torture_env_hold(hold_us);
		else
			vmalock_torture_env_delay(draw.below(longest_delay_us));
		last = look(of, locked.vma);
		at_last = sight(of, page + met);
		if (is_early)
			vmalock_torture_env_rcu_read_unlock();
		else
			release();
	}

	draws &draw;
	region *const of;
	const vmalock_torture_busted busted;
	const vmalock_torture_call call;
	const vmalock_u32 page, pages;
	const vmalock_u64 address, end;
	locked_vma locked = {};
	bool interrupted = false, kept_lock = false;

private:
	vmalock_u32 most() const
	{
		const vmalock_u32 left = vmalock_torture_env_pages(of) - page;

		return left < most_pages ? left : most_pages;
	}

	vmalock_u64 address_of(vmalock_u32 page) const
	{
		return vmalock_torture_env_start(of) + (vmalock_u64{ page } << vmalock_torture_page_shift);
	}

	void release()
	{
		if (locked.is_raw) {
			vmalock_torture_env_raw_end_read(locked.vma);
			vmalock_torture_env_rcu_read_unlock();
		} else if (busted != VMALOCK_TORTURE_FORGETS_RELEASE || draw.below(forgotten_vma) ||
			   !vmalock_torture_env_forget_vma(of, locked.vma)) {
			vmalock_torture_env_end_read(locked.vma);
		}
	}

	const vmalock_u32 hold_us;
};

} // namespace
} // namespace vmalock::torture

using namespace vmalock::torture;

void vmalock_torture_read_once(region *region, vmalock_u64 *state, vmalock_u64 number, vmalock_torture_counts *counts)
{
	draws draw(*state);
	*state = draw.next();
	reading reading(draw, region);
	sighting before[most_pages], after[most_pages];

	for (vmalock_u32 i = 0; i < reading.pages; i++)
		before[i] = sight(region, reading.page + i);
	const vmalock_u64 begun = vmalock_torture_env_now();
	reading.lock();
	const vmalock_u64 took = vmalock_torture_env_now() - begun;
	for (vmalock_u32 i = 0; i < reading.pages; i++)
		after[i] = sight(region, reading.page + i);

	const vmalock_u64 address = reading.address, end = reading.end;
	const unsigned page_shift = vmalock_torture_page_shift;
	const bool may_fail = reading.call == VMALOCK_TORTURE_TRYLOCK || reading.interrupted ||
			      (reading.call == VMALOCK_TORTURE_BY_HAND && vmalock_torture_env_by_hand_may_fail());
	const bool is_locked = reading.locked.vma;
	const seen_vma first = is_locked ? look(region, reading.locked.vma) : seen_vma{};
	const seen_vma *const found = is_locked ? &first : nullptr;
	vmalock_torture_fault fault = is_next(reading.call)
					      ? judge_next(address, end, found, may_fail, page_shift, before, after)
					      : judge_call(address, found, may_fail, before[0], after[0]);
	if (is_locked) {
		// Of the next VMA it is the page where the range meets it.
		const bool meets_later = first.start > address && first.start < end;
		const vmalock_u32 met = meets_later ? static_cast<vmalock_u32>((first.start - address) >> page_shift) : 0;
		seen_vma last;
		sighting at_last;

		reading.hold_and_release(last, at_last, met);
		if (fault == VMALOCK_TORTURE_RIGHT)
			fault = judge_hold(first, last, after[met], at_last);
	}
	if (reading.kept_lock)
		fault = VMALOCK_TORTURE_KEPT_LOCK;

	counts->calls[reading.call]++;
	counts->locked[reading.call] += is_locked;
	counts->judged += same(before[0], after[0]);
	counts->interrupted += reading.interrupted;
	counts->faults[fault]++;
	if (reading.call != VMALOCK_TORTURE_TRYLOCK)
		counts->ns[bucket_of(took)]++;
	if (fault != VMALOCK_TORTURE_RIGHT)
		vmalock_torture_env_report(fault, reading.call, address, first.start, first.end, number);
}
