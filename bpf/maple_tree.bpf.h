/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maple_tree.bpf.h - find the VMA that a maple tree holds for an address,
 * without a lock. The counterpart of mas_walk(), which BPF cannot call.
 *
 * Nodes may be replaced while we read. A replaced node is marked dead by
 * pointing its parent at itself before it is freed, so a node that is alive
 * after its slot was read gave a slot that was right. A freed node can read as
 * anything; then the walk ends in nonsense, which the caller finds out by
 * comparing the VMA's own fields.
 */
#ifndef VMALOCK_MAPLE_TREE_BPF_H
#define VMALOCK_MAPLE_TREE_BPF_H

#include "kernel_types.h"

/* lib/maple_tree.c and include/linux/maple_tree.h, unchanged since 6.1. */
#define MAPLE_NODE_MASK		255UL
#define MAPLE_TYPE_SHIFT	3
#define MAPLE_TYPE_MASK		15
#define MAPLE_LEAF_64		1
#define MAPLE_RANGE_64		2
#define MAPLE_ARANGE_64		3
#define MAPLE_RANGE_PIVOTS	15
#define MAPLE_ARANGE_PIVOTS	9
/* Ten slots a level: eight levels hold a hundred million VMAs. */
#define MAPLE_MAX_DEPTH		8

/* Small numbers are no addresses: entries of the XArray's own, and errors. */
static __always_inline bool maple_is_address(unsigned long entry)
{
	return entry > 4096;
}

/*
 * The slot that covers @address is the first whose pivot, its inclusive upper
 * end, is not below it. A pivot of zero past the first ends the node early:
 * that slot's upper end is the node's own.
 */
static __always_inline int maple_slot(const unsigned long *pivots, int count,
				      unsigned long address)
{
	int slot;

	for (slot = 0; slot < count; slot++)
		if (pivots[slot] >= address || (slot && !pivots[slot]))
			break;
	return slot;
}

/*
 * Store in @vma the VMA that the tree with this root has for @address, zero if it
 * has none. Returns false if the tree could not be read to the end.
 *
 * Not static: the verifier goes through such a function once, and not in each state
 * that a caller can be in. It is given numbers, not the kernel's pointers.
 */
__noinline int maple_find(__u64 entry, __u64 address, __u64 *vma)
{
	unsigned long pivots[MAPLE_RANGE_PIVOTS] = {};
	int depth;

	if (!vma)
		return false;
	*vma = 0;
	/* xa_is_node(); else the tree is empty, or holds one entry at zero. */
	if ((entry & 3) != 2 || !maple_is_address(entry))
		return true;

	for (depth = 0; depth < MAPLE_MAX_DEPTH; depth++) {
		unsigned long node = entry & ~MAPLE_NODE_MASK;
		int type = (entry >> MAPLE_TYPE_SHIFT) & MAPLE_TYPE_MASK;
		struct maple_arange_64 *arange = (void *)node;
		struct maple_range_64 *range = (void *)node;
		unsigned long parent, slots;
		int slot;

		if (type == MAPLE_ARANGE_64) {
			if (bpf_core_read(pivots, sizeof(arange->pivot), &arange->pivot))
				return false;
			slot = maple_slot(pivots, MAPLE_ARANGE_PIVOTS, address);
			slots = node + bpf_core_field_offset(arange->slot);
		} else if (type == MAPLE_RANGE_64 || type == MAPLE_LEAF_64) {
			if (bpf_core_read(pivots, sizeof(range->pivot), &range->pivot))
				return false;
			slot = maple_slot(pivots, MAPLE_RANGE_PIVOTS, address);
			slots = node + bpf_core_field_offset(range->slot);
		} else {
			return false;
		}

		if (bpf_probe_read_kernel(&entry, sizeof(entry),
					  (void *)(slots + slot * sizeof(void *))) ||
		    bpf_core_read(&parent, sizeof(parent), &range->parent))
			return false;
		if ((parent & ~MAPLE_NODE_MASK) == node)
			return false;
		if (type == MAPLE_LEAF_64) {
			/* Internal entries in a leaf mark a fork that failed. */
			if ((entry & 3) == 0)
				*vma = entry;
			return true;
		}
		if (!maple_is_address(entry))
			return false;
	}
	return false;
}

#endif /* VMALOCK_MAPLE_TREE_BPF_H */
