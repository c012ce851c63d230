/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalock_binder.h - /dev/vmalock_binder as user space sees it.
 *
 * The receiver opens the device and maps it once, read-only. Any task that has this
 * open file can send: the data appears in the receiver's mapping, and the call
 * returns its offset. Buffers live until they are freed or the file is closed.
 *
 * Same rules as in types.h: fixed widths, explicit padding, assertions at the end.
 */
#ifndef VMALOCK_BINDER_H
#define VMALOCK_BINDER_H

#include "uapi/types.h"

#define VMALOCK_BINDER_MAX_BYTES (4u << 20)	/* of one mapping */
#define VMALOCK_BINDER_MAX_BUFFERS 1024u	/* in one mapping */
#define VMALOCK_BINDER_ALIGN 8u			/* of each buffer's offset */

struct vmalock_binder_send {
	vmalock_u64 data;		/* in: address in the caller's memory */
	vmalock_u32 size;		/* in: bytes, above zero */
	vmalock_u32 offset;		/* out: where they are in the mapping */
};

struct vmalock_binder_free {
	vmalock_u32 offset;		/* in: as SEND returned it */
	vmalock_u32 reserved;		/* in: zero */
};

/* How the driver keeps the receiver's VMA from changing. */
enum vmalock_binder_way {
	VMALOCK_BINDER_NEW_WAY,		/* the waiting helper; trylock alone */
	VMALOCK_BINDER_OLD_WAY,		/* trylock, and mmap_lock behind it */
	VMALOCK_BINDER_WAY_NR,
};

struct vmalock_binder_switch {
	vmalock_u32 way;		/* in: enum vmalock_binder_way */
	vmalock_u32 reserved;		/* in: zero */
};

/* Make the nth allocation or lookup from here on fail, once. */
struct vmalock_binder_fail {
	vmalock_u32 nth;		/* in: counted from 1; 0: none */
	vmalock_u32 armed;		/* out: the last one has yet to come */
};

/* What is counted for each open file. */
enum vmalock_binder_event {
	VMALOCK_BINDER_INSTALLED,	/* a page came into the mapping */
	VMALOCK_BINDER_REUSED,		/* a page on the LRU is in use again */
	VMALOCK_BINDER_RECLAIMED,	/* the shrinker freed a page */
	VMALOCK_BINDER_UNLISTED,	/* the LRU did not take a page */
	VMALOCK_BINDER_INSERT_HELPER,	/* inserting: with the waiting helper */
	VMALOCK_BINDER_INSERT_TRYLOCK,	/* old way: with the trylock */
	VMALOCK_BINDER_INSERT_MMAP,	/* old way: it missed, mmap_lock */
	VMALOCK_BINDER_INSERT_MISSED,	/* the mapping is not there */
	VMALOCK_BINDER_INSERT_FOUND,	/* another sender's page was there */
	VMALOCK_BINDER_RECLAIM_TRYLOCK,	/* reclaiming: with the trylock */
	VMALOCK_BINDER_RECLAIM_MMAP,	/* old way: it missed, mmap_lock */
	VMALOCK_BINDER_RECLAIM_GONE,	/* unmapped before: nothing to lock */
	VMALOCK_BINDER_SKIPPED_MUTEX,	/* left: the file's mutex is held */
	VMALOCK_BINDER_SKIPPED_MM,	/* left: the receiver is exiting */
	VMALOCK_BINDER_SKIPPED_VMA,	/* left: a writer is in the way */
	VMALOCK_BINDER_EVENT_NR,
};

struct vmalock_binder_stats {
	vmalock_u64 events[VMALOCK_BINDER_EVENT_NR];	/* since open() */
	vmalock_u32 pages;		/* now: held for the mapping */
	vmalock_u32 reclaimable;	/* now: of these, on the LRU */
	vmalock_u32 buffers;		/* now */
	vmalock_u32 reserved;		/* zero */
};

/* Users include <linux/ioctl.h>, which the macros need where they are used. */
#define VMALOCK_BINDER_IOC_SEND _IOWR('v', 0x20, struct vmalock_binder_send)
#define VMALOCK_BINDER_IOC_FREE _IOW('v', 0x21, struct vmalock_binder_free)
#define VMALOCK_BINDER_IOC_SWITCH _IOW('v', 0x22, struct vmalock_binder_switch)
#define VMALOCK_BINDER_IOC_FAIL _IOWR('v', 0x23, struct vmalock_binder_fail)
#define VMALOCK_BINDER_IOC_STATS _IOR('v', 0x24, struct vmalock_binder_stats)

VMALOCK_ABI_ASSERT(VMALOCK_BINDER_EVENT_NR == 15);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_binder_send) == 16);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_binder_free) == 8);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_binder_switch) == 8);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_binder_fail) == 8);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_binder_stats) == 136);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_binder_send, offset) == 12);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_binder_stats, pages) == 120);

#endif /* VMALOCK_BINDER_H */
