// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What a value of vma->vm_refcnt can mean, on kernels whose VMA lock it is
 * (6.15 and newer).
 *
 * An attached VMA counts one, each reader counts one more, and a writer that
 * excludes readers adds a flag. Two things make this ambiguous. A reader raises the
 * count before it checks whether it may have the lock, so a reference can belong to
 * a task that is about to be refused. And a writer that detaches a VMA first drops
 * the count of the VMA itself: with one reference left, the value equals that of an
 * attached VMA without readers. So most values have more than one reading. All of
 * them are returned; only the sequence numbers, which the kernel itself uses, rule
 * any out.
 */
#pragma once

#include "uapi/types.h"

namespace vmalock {

/** VM_REFCNT_EXCLUDE_READERS_FLAG and VM_REFCNT_LIMIT. */
inline constexpr vmalock_u32 vm_refcnt_flag = 1u << 30;
inline constexpr vmalock_u32 vm_refcnt_limit = vm_refcnt_flag - 1;
/** REFCOUNT_MAX and REFCOUNT_SATURATED: beyond the one, refcount_t goes to the other. */
inline constexpr vmalock_u32 refcount_max = 0x7fffffff;
inline constexpr vmalock_u32 refcount_saturated = 0xc0000000;

enum class vm_refcnt_state {
	detached,		///< not in the tree, and nobody can lock it
	unlocked,		///< attached, no reader, no writer
	read_locked,		///< attached, with references of readers
	write_locked,		///< attached, by vm_lock_seq; references go by themselves
	detaching,		///< its own reference dropped, others still there, no flag yet
	write_waiting,		///< attached; flag set, a writer waits for references to go
	write_excluded,		///< attached; flag set, no reference left
	detach_waiting,		///< flag set, waits for references to go before it is detached
	detach_excluded,	///< flag set, no reference left
	saturated,		///< refcount_t went over or under and gave up counting
	corrupt,		///< no value that refcount_t stays at
	nr,
};

/** One way to read a value. */
struct vm_refcnt_reading {
	vm_refcnt_state state;
	/** By how much tasks that want, or hold, the read lock have raised it. */
	vmalock_u32 references;
	/**
	 * How many of them may hold it. The least is always zero: all may have
	 * been raised just now, by tasks that will drop them again.
	 */
	vmalock_u32 readers_max;

	constexpr bool operator==(const vm_refcnt_reading &) const = default;
};

/** vma->vm_lock_seq and vma->vm_mm->mm_lock_seq.sequence, read with the count. */
struct vma_sequence_numbers {
	vmalock_u32 vm_lock_seq;
	vmalock_u32 mm_lock_seq;

	/** What write-locked means to the kernel. */
	constexpr bool equal() const { return vm_lock_seq == mm_lock_seq; }
	/** mm_lock_seq goes up when mmap_lock is taken for write, and let go. */
	constexpr bool mmap_write_locked() const { return mm_lock_seq % 2; }
	/** vm_lock_seq begins as UINT_MAX and is copied under mmap_lock. */
	constexpr bool possible() const { return vm_lock_seq % 2; }
};

/** All that is known. The readings are those that nothing rules out, never none. */
struct vm_refcnt {
	vmalock_u32 value;
	vm_refcnt_reading readings[3];
	unsigned int count;
	/** The sequence numbers rule all readings out, so these ignore them. */
	bool contradiction;

	constexpr const vm_refcnt_reading *begin() const { return readings; }
	constexpr const vm_refcnt_reading *end() const { return readings + count; }
};

/**
 * What __vma_are_readers_excluded() says, by which a reader that leaves decides
 * to wake the writer. It is meant for the writer of an attached VMA: if one
 * detaches, flag + 1 is one reference too early.
 */
constexpr bool readers_excluded(vmalock_u32 refcnt)
{
	return refcnt == vm_refcnt_flag || refcnt == vm_refcnt_flag + 1;
}

/**
 * Can another reader raise the count, as far as the count decides that? The
 * room that is left is a signed number: a saturated count has some.
 */
constexpr bool admits_readers(vmalock_u32 refcnt)
{
	return refcnt && static_cast<int>(vm_refcnt_limit - refcnt) > 0;
}

/** Can @p reading go with these numbers, all three read at one moment? */
constexpr bool fits(const vm_refcnt_reading &reading, const vma_sequence_numbers &numbers)
{
	const bool writing = numbers.possible() && numbers.mmap_write_locked();

	switch (reading.state) {
	case vm_refcnt_state::unlocked:
	case vm_refcnt_state::read_locked:
		return numbers.possible() && !numbers.equal();
	case vm_refcnt_state::write_locked:
	case vm_refcnt_state::detaching:
	case vm_refcnt_state::detach_waiting:
	case vm_refcnt_state::detach_excluded:
		return writing && numbers.equal();
	case vm_refcnt_state::write_waiting:
		return writing && !numbers.equal();
	case vm_refcnt_state::write_excluded:
		// The writer copies the number before it clears the flag.
		return writing;
	default:
		return numbers.possible();
	}
}

/** The readings of a count alone. */
constexpr vm_refcnt decode_vm_refcnt(vmalock_u32 value)
{
	using state = vm_refcnt_state;
	vm_refcnt result = { value, {}, 0, false };
	const auto add = [&result](state state, vmalock_u32 references, vmalock_u32 readers_max) {
		result.readings[result.count++] = { state, references, readers_max };
	};

	if (value > refcount_max) {
		add(value == refcount_saturated ? state::saturated : state::corrupt, 0, 0);
	} else if (value >= vm_refcnt_flag) {
		const vmalock_u32 rest = value - vm_refcnt_flag;

		if (rest == 1)
			add(state::write_excluded, 0, 0);
		else if (rest > 1)
			add(state::write_waiting, rest - 1, rest - 1);
		add(rest ? state::detach_waiting : state::detach_excluded, rest, 0);
	} else if (value) {
		add(value == 1 ? state::unlocked : state::read_locked, value - 1, value - 1);
		add(state::write_locked, value - 1, 0);
		add(state::detaching, value, 0);
	} else {
		add(state::detached, 0, 0);
	}
	return result;
}

/** Those of them that go with the sequence numbers. */
constexpr vm_refcnt decode_vm_refcnt(vmalock_u32 value, const vma_sequence_numbers &numbers)
{
	const vm_refcnt all = decode_vm_refcnt(value);
	vm_refcnt result = { value, {}, 0, false };

	for (const vm_refcnt_reading &reading : all)
		if (fits(reading, numbers))
			result.readings[result.count++] = reading;
	if (result.count)
		return result;
	result = all;
	result.contradiction = true;
	return result;
}

} // namespace vmalock
