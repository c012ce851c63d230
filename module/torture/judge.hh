// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Was a call right? By a record that those keep who change mappings, and that no call
 * under torture reads or writes.
 */
#pragma once

#include "uapi/vmalock_torture.h"

namespace vmalock::torture {

/** One page of the record, read in one moment. */
struct sighting {
	vmalock_u32 generation; ///< odd: a change is under way, and nothing else is known
	vmalock_u32 state;
	vmalock_u64 began = 0, ended = 0; ///< the last change

	constexpr bool stands_still() const { return !(generation & 1); }
	constexpr bool mapped() const { return state & VMALOCK_TORTURE_MAPPED; }
	constexpr bool writable() const { return state & VMALOCK_TORTURE_WRITABLE; }
};

/** A VMA, as a reader sees it while it has it locked. */
struct seen_vma {
	vmalock_u64 start, end;
	bool writable;
	bool of_this_mm;

	constexpr bool operator==(const seen_vma &) const = default;
};

/**
 * The page stood still from before the call until after it: nobody has changed its
 * mapping, or was about to.
 */
constexpr bool same(const sighting &before, const sighting &after)
{
	return before.stands_still() && before.generation == after.generation;
}

/**
 * Both stand still, and @p first has been mapped since before the change began that made
 * @p second what it is.
 */
constexpr bool was_there_before(const sighting &first, const sighting &second)
{
	return first.stands_still() && first.mapped() && second.stands_still() && first.ended < second.began;
}

/**
 * A call that is to lock what covers @p address.
 *
 * @param vma what it has locked, or null
 * @param may_fail it is a trylock, or was interrupted
 * @param before, after the page of @p address, read before the call and after it
 */
constexpr vmalock_torture_fault judge_call(vmalock_u64 address, const seen_vma *vma, bool may_fail,
					   const sighting &before, const sighting &after)
{
	const bool is_known = same(before, after);

	if (!vma)
		return is_known && before.mapped() && !may_fail ? VMALOCK_TORTURE_NOT_FOUND : VMALOCK_TORTURE_RIGHT;
	if (!vma->of_this_mm)
		return VMALOCK_TORTURE_WRONG_MM;
	if (address < vma->start || address >= vma->end)
		return VMALOCK_TORTURE_WRONG_RANGE;
	if (is_known && !before.mapped())
		return VMALOCK_TORTURE_NOT_MAPPED;
	if (is_known && before.writable() != vma->writable)
		return VMALOCK_TORTURE_OLD_FLAGS;
	return VMALOCK_TORTURE_RIGHT;
}

/**
 * The same of a call that is to lock the first VMA from @p address to @p end. If it is
 * another than the first, then there was no moment in which it was both there, as it is
 * now, and the first.
 *
 * @param page_shift of the pages of the record, the first of which is that of @p address
 */
constexpr vmalock_torture_fault judge_next(vmalock_u64 address, vmalock_u64 end, const seen_vma *vma, bool may_fail,
					   unsigned page_shift, const sighting *before, const sighting *after)
{
	if (vma && !vma->of_this_mm)
		return VMALOCK_TORTURE_WRONG_MM;
	if (vma && (vma->end <= address || vma->start >= end))
		return VMALOCK_TORTURE_WRONG_RANGE;
	if (!vma && may_fail)
		return VMALOCK_TORTURE_RIGHT;
	const vmalock_u64 met = vma && vma->start > address ? (vma->start - address) >> page_shift : 0;
	for (vmalock_u64 page = 0, at = address; at < end; page++, at += vmalock_u64{ 1 } << page_shift) {
		const bool is_known = same(before[page], after[page]);

		if (vma && at >= vma->end)
			break;
		if (vma && at >= vma->start) {
			if (is_known && !before[page].mapped())
				return VMALOCK_TORTURE_NOT_MAPPED;
			if (is_known && before[page].writable() != vma->writable)
				return VMALOCK_TORTURE_OLD_FLAGS;
		} else if (is_known && before[page].mapped()) {
			return vma ? VMALOCK_TORTURE_SKIPPED : VMALOCK_TORTURE_NOT_FOUND;
		} else if (vma && was_there_before(after[page], after[met])) {
			return VMALOCK_TORTURE_SKIPPED;
		}
	}
	return VMALOCK_TORTURE_RIGHT;
}

/**
 * The time that it was locked.
 *
 * Source of the rule: who changes the mapping of a page write-locks the VMA that covers
 * it, and waits for its readers. So a change that begins after the VMA was locked does
 * not end before it is released. One that was under way can have had the VMA before the
 * reader, and end in its time, and another can begin then.
 *
 * @param first, last the VMA after it was locked, and before it was released
 * @param locked, released the page then
 */
constexpr vmalock_torture_fault judge_hold(const seen_vma &first, const seen_vma &last, const sighting &locked,
					   const sighting &released)
{
	const vmalock_u32 most = locked.stands_still() ? 1 : 2;

	if (!(first == last))
		return VMALOCK_TORTURE_MOVED;
	return released.generation - locked.generation > most ? VMALOCK_TORTURE_REPLACED : VMALOCK_TORTURE_RIGHT;
}

} // namespace vmalock::torture
