/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalock_torture.h - the torture device, /dev/vmalock_torture: readers that lock the VMAs
 * of a region of its user's memory by every call there is, while the user's tasks change
 * its mappings. What is mapped is in a record that both share, kept by who changes it and
 * never by the calls that are tortured.
 *
 * Users include <linux/ioctl.h>, which the macros need only where they are used.
 */
#ifndef VMALOCK_TORTURE_H
#define VMALOCK_TORTURE_H

#include "uapi/types.h"

#define VMALOCK_TORTURE_MAX_PAGES 256

/*
 * One page of the region. Who is to change its mapping makes @generation odd by a
 * compare-and-exchange, which keeps others from changing it too, reads the clock, makes
 * its system call, reads the clock again, writes @state and both times, and makes
 * @generation even again (release). What leaves a page as it was is no change: the
 * kernel locks no VMA for it.
 */
struct vmalock_torture_page {
	vmalock_u32 generation;
	/* Of the last change, valid while @generation is even. */
	vmalock_u32 state;	/* the flags below */
	vmalock_u64 began, ended;
};

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_torture_page) == 24);

/* What the device's user maps. Each reading of the clock is one more than the last. */
struct vmalock_torture_record {
	struct vmalock_torture_page pages[VMALOCK_TORTURE_MAX_PAGES];
	vmalock_u64 clock;
};

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_torture_record) ==
		   24 * VMALOCK_TORTURE_MAX_PAGES + 8);

#define VMALOCK_TORTURE_MAPPED 1u
#define VMALOCK_TORTURE_WRITABLE 2u

/* The calls, by which a reader locks. */
enum vmalock_torture_call {
	VMALOCK_TORTURE_TRYLOCK,	/* lock_vma_under_rcu() */
	VMALOCK_TORTURE_WAIT,	/* vma_start_read_unlocked() */
	VMALOCK_TORTURE_KILLABLE,	/* vma_start_read_unlocked_killable() */
	VMALOCK_TORTURE_NEXT,	/* vma_start_read_next() */
	VMALOCK_TORTURE_NEXT_KILLABLE,
	VMALOCK_TORTURE_BY_HAND,	/* trylock, else mmap_lock and vma_start_read_locked() */
	VMALOCK_TORTURE_CALL_NR,
};

/*
 * Ways to lock that have a fault, for the torture to find: what a call does is drawn no
 * more, it is one of these. Each is the code of module/core with an operation broken, or
 * a call of vmalock that is released wrongly.
 */
enum vmalock_torture_busted {
	VMALOCK_TORTURE_SOUND,
	VMALOCK_TORTURE_NO_LOOKUP,	/* the slow path returns what the trylock found: nothing */
	VMALOCK_TORTURE_NO_RANGE_CHECK,	/* it takes the VMA above the address too */
	VMALOCK_TORTURE_NO_SEQUENCE,	/* the trylock asks no sequence number */
	VMALOCK_TORTURE_NO_SECOND_LOOK,	/* it asks only before it has the lock */
	VMALOCK_TORTURE_INVERTED,	/* it locks where the numbers say "write-locked" */
	VMALOCK_TORTURE_NO_RETRY,	/* the walk does not ask whether a writer came */
	VMALOCK_TORTURE_FORGETS_RELEASE,	/* now and then */
	VMALOCK_TORTURE_RELEASES_EARLY,	/* and looks at the VMA afterwards */
	VMALOCK_TORTURE_FORGETS_MMAP_LOCK,
	VMALOCK_TORTURE_RETRIES_FOREVER,	/* the trylock, until it succeeds */
	VMALOCK_TORTURE_BUSTED_NR,
};

/* What a reader can find wrong. */
enum vmalock_torture_fault {
	VMALOCK_TORTURE_RIGHT,
	VMALOCK_TORTURE_WRONG_MM,	/* the VMA is of another address space */
	VMALOCK_TORTURE_WRONG_RANGE,	/* it does not cover what was asked for */
	VMALOCK_TORTURE_NOT_MAPPED,	/* locked, and all the time nothing was mapped */
	VMALOCK_TORTURE_NOT_FOUND,	/* not locked, and all the time something was mapped */
	VMALOCK_TORTURE_SKIPPED,	/* the next one was locked, and there was one before it */
	VMALOCK_TORTURE_OLD_FLAGS,	/* the flags are those of before a change that was over */
	VMALOCK_TORTURE_MOVED,	/* its bounds or flags changed while it was locked */
	VMALOCK_TORTURE_REPLACED,	/* a change of it began and ended while it was locked */
	VMALOCK_TORTURE_KEPT_LOCK,	/* the call returned with a lock too many (lockdep) */
	VMALOCK_TORTURE_FAULT_NR,
};

/* How many buckets there are for the time of a call, by the power of two of ns. */
#define VMALOCK_TORTURE_BUCKETS 40

/* What readers did, and found: sums since the torture began, but for the last. */
struct vmalock_torture_counts {
	vmalock_u64 calls[VMALOCK_TORTURE_CALL_NR];
	vmalock_u64 locked[VMALOCK_TORTURE_CALL_NR];	/* of these */
	vmalock_u64 judged;	/* where the record stood still all the time */
	vmalock_u64 interrupted;
	vmalock_u64 faults[VMALOCK_TORTURE_FAULT_NR];
	vmalock_u64 ns[VMALOCK_TORTURE_BUCKETS];	/* of calls that may wait */
	vmalock_u64 running_ns;	/* the longest of the calls that kthreads are in now */
};

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_torture_counts) ==
		   8 * (2 * VMALOCK_TORTURE_CALL_NR + VMALOCK_TORTURE_FAULT_NR +
			VMALOCK_TORTURE_BUCKETS + 3));

/* Take the calling task's address space, and begin with kthreads that read it. */
struct vmalock_torture_begin {
	vmalock_u64 start;	/* in: of the region */
	vmalock_u32 pages;	/* in: of it, up to VMALOCK_TORTURE_MAX_PAGES */
	vmalock_u32 kthreads;	/* in */
	vmalock_u64 seed;	/* in */
	vmalock_u32 busted;	/* in: an enum vmalock_torture_busted */
	vmalock_u32 reserved;	/* 0 */
};

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_torture_begin) == 32);

/* Make calls as the calling task. */
struct vmalock_torture_read {
	vmalock_u64 calls;	/* in */
	vmalock_u64 seed;	/* in: draws of this reader */
};

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_torture_read) == 16);

#define VMALOCK_TORTURE_IOC_BEGIN _IOW('v', 0x20, struct vmalock_torture_begin)
#define VMALOCK_TORTURE_IOC_READ _IOW('v', 0x21, struct vmalock_torture_read)
/* Stop the kthreads, see that nothing is locked, and give the address space back. */
#define VMALOCK_TORTURE_IOC_END _IO('v', 0x22)
#define VMALOCK_TORTURE_IOC_COUNTS _IOR('v', 0x23, struct vmalock_torture_counts)
/* Readers stop, and what those with a fault forgot is released: whoever waited gets on. */
#define VMALOCK_TORTURE_IOC_RESCUE _IO('v', 0x24)

#endif /* VMALOCK_TORTURE_H */
