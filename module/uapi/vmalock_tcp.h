/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalock_tcp.h - what crosses /dev/vmalock_tcp, the TCP-like caller.
 *
 * Each open file is a stream: bytes that are fed come out again in the order
 * in which they went in, whole pages by being mapped, shorter pieces by being
 * copied. At any time fed = mapped + copied + queued.
 *
 * An ioctl fails only if its arguments make no sense, and then it has done nothing:
 *
 *   EINVAL	a flag, a way or a reserved field that is not defined
 *   E2BIG	a length above VMALOCK_TCP_MAX_LENGTH
 *   EOVERFLOW	an address plus its length that wraps around
 *   EFAULT	the argument cannot be read or written
 *   EINTR	the task was killed while another used the stream
 *   ENOTTY	no such command
 *
 * Otherwise the result is in its status. (One exception: if the memory of the
 * argument is unmapped during the call, EFAULT comes after the work; STATS shows
 * what was done.)
 *
 * Written as types.h is: fixed width, explicit padding, and assertions
 * that C and C++ compile.
 */
#ifndef VMALOCK_TCP_H
#define VMALOCK_TCP_H

#include "uapi/types.h"

#define VMALOCK_TCP_MAX_LENGTH (1ull << 30)
#define VMALOCK_TCP_QUEUE_PIECES 1024u	/* of a page each, or shorter */
#define VMALOCK_TCP_BATCH_PAGES 32u	/* mapped in one go, as TCP does */

/* Why feeding, mapping or copying stopped where it did. */
enum vmalock_tcp_status {
	VMALOCK_TCP_DONE,	/* all that was asked for */
	VMALOCK_TCP_EMPTY,	/* nothing is queued any more */
	VMALOCK_TCP_SHORT_PIECE,/* next are bytes to copy: recv_skip_hint */
	VMALOCK_TCP_WHOLE_PAGE,	/* next is a page to map */
	VMALOCK_TCP_CLIPPED,	/* filled to the end of the VMA, not further */
	VMALOCK_TCP_UNALIGNED,	/* address or length is not of whole pages */
	VMALOCK_TCP_HOLE,	/* nothing is mapped at the address */
	VMALOCK_TCP_FOREIGN,	/* what is mapped there is not this stream's */
	VMALOCK_TCP_PARTIAL,	/* the kernel inserted a part of a batch */
	VMALOCK_TCP_BUSY,	/* a page is mapped there already */
	VMALOCK_TCP_FULL,	/* the queue takes no more pieces */
	VMALOCK_TCP_FAULT,	/* memory of the caller cannot be accessed */
	VMALOCK_TCP_NO_MEMORY,	/* no page, or no page table */
	VMALOCK_TCP_INTERRUPTED,/* a fatal signal is pending */
	VMALOCK_TCP_STATUS_NR,
};

/*
 * Queue bytes: whole pages, then what is left as a short piece. A piece is
 * queued in full or not at all.
 */
struct vmalock_tcp_feed {
	vmalock_u64 address;	/* in: of the bytes */
	vmalock_u64 bytes;	/* in */
	vmalock_u32 flags;	/* in: none is defined, zero */
	vmalock_u32 status;	/* out: DONE, FULL, FAULT, NO_MEMORY, ... */
	vmalock_u64 fed;	/* out: bytes queued, from the start */
};

/*
 * RECEIVE: the range has no pages, as far as the caller knows. It keeps those that it
 * has, unless one of them is in the way: then it loses them, and the batch is tried
 * once more.
 */
#define VMALOCK_TCP_TLB_CLEAN_HINT 1u

/*
 * Map whole pages at an address, then copy the short pieces that follow.
 *
 * The range first loses the pages it had, as far as the VMA goes and bytes are
 * queued. After the call its first @mapped bytes are new; behind these it is empty
 * for as many bytes as had been queued, in whole pages, and then as it was. A length
 * of zero maps and looks up nothing.
 *
 * UNALIGNED, HOLE, FOREIGN and INTERRUPTED stop the copying too: @copy_status
 * is then the same.
 */
struct vmalock_tcp_receive {
	vmalock_u64 address;	/* in: of the range to map at */
	vmalock_u64 length;	/* in: of the range */
	vmalock_u64 copybuf_address;	/* in */
	vmalock_u64 copybuf_len;	/* in: zero for no copying */
	vmalock_u32 flags;	/* in: VMALOCK_TCP_TLB_CLEAN_HINT or zero */
	vmalock_u32 reserved;	/* in: zero */
	vmalock_u64 mapped;	/* out: bytes mapped, from the address */
	vmalock_u64 copied;	/* out: bytes that follow these, in copybuf */
	vmalock_u64 recv_skip_hint;	/* out: to copy before the next page */
	vmalock_u64 inq;	/* out: bytes still queued */
	vmalock_u32 status;	/* out: why mapping stopped */
	vmalock_u32 copy_status;/* out: why copying stopped */
};

/* How RECEIVE keeps the VMA from changing. */
enum vmalock_tcp_way {
	VMALOCK_TCP_WAY_WAIT,	/* vma_start_read_unlocked() */
	VMALOCK_TCP_WAY_OLD,	/* trylock, else mmap_lock for read */
	VMALOCK_TCP_WAY_NR,
};

struct vmalock_tcp_mode {
	vmalock_u32 way;	/* in: enum vmalock_tcp_way */
	vmalock_u32 reserved;	/* in: zero */
};

/* The @nth allocation, lookup or copy from now on fails; 0: none does. */
struct vmalock_tcp_fail {
	vmalock_u32 nth;	/* in: at most VMALOCK_TCP_MAX_NTH */
	vmalock_u32 reserved;	/* in: zero */
};

#define VMALOCK_TCP_MAX_NTH 1000000u

/* Of this stream since it was opened, but for the last two. */
struct vmalock_tcp_stats {
	vmalock_u64 fed;	/* bytes */
	vmalock_u64 mapped;
	vmalock_u64 copied;
	vmalock_u64 queued;	/* bytes now */
	vmalock_u64 batches;	/* calls of vm_insert_pages() */
	vmalock_u64 retries;	/* of these, after -EBUSY */
	vmalock_u64 zapped;	/* bytes of ranges that lost their pages */
	vmalock_u64 pages;	/* that these inserted */
	vmalock_u64 wait_locked;/* vma_start_read_unlocked(): got the VMA */
	vmalock_u64 wait_missed;/* ... found nothing mapped */
	vmalock_u64 try_locked;	/* lock_vma_under_rcu(): got the VMA */
	vmalock_u64 try_missed;	/* ... failed, so mmap_lock was taken */
	vmalock_u64 mmap_locked;/* under mmap_lock: got the VMA */
	vmalock_u64 mmap_missed;/* ... found nothing mapped */
	vmalock_u32 way;	/* enum vmalock_tcp_way */
	vmalock_u32 fail_armed;	/* did nothing fail since FAIL? */
	vmalock_u64 live_pages;	/* held by all streams of this machine */
	vmalock_u64 live_streams;
};

/* Users include <linux/ioctl.h>, which the macros need where they are used. */
#define VMALOCK_TCP_IOC_FEED _IOWR('v', 0x20, struct vmalock_tcp_feed)
#define VMALOCK_TCP_IOC_RECEIVE _IOWR('v', 0x21, struct vmalock_tcp_receive)
#define VMALOCK_TCP_IOC_MODE _IOW('v', 0x22, struct vmalock_tcp_mode)
#define VMALOCK_TCP_IOC_FAIL _IOW('v', 0x23, struct vmalock_tcp_fail)
#define VMALOCK_TCP_IOC_STATS _IOR('v', 0x24, struct vmalock_tcp_stats)

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_tcp_feed) == 32);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_tcp_receive) == 80);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_tcp_mode) == 8);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_tcp_fail) == 8);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_tcp_stats) == 136);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_tcp_feed, fed) == 24);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_tcp_receive, mapped) == 40);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_tcp_receive, status) == 72);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_tcp_stats, live_pages) == 120);

#endif /* VMALOCK_TCP_H */
