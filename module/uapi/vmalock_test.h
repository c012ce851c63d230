/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalock_test.h - the test device, /dev/vmalock_test. It makes the calls that a
 * driver makes, right and wrong ones, on the address space of the calling task.
 *
 * Users include <linux/ioctl.h>, which the macros need only where they are used.
 */
#ifndef VMALOCK_TEST_H
#define VMALOCK_TEST_H

#include "uapi/types.h"

/* Take a VMA lock, hold it, report what was locked, let go of it. */
enum vmalock_test_how {
	VMALOCK_TEST_TRYLOCK,		/* lock_vma_under_rcu() */
	VMALOCK_TEST_WAIT,		/* vma_start_read_unlocked() */
	VMALOCK_TEST_WAIT_KILLABLE,	/* vma_start_read_unlocked_killable() */
	VMALOCK_TEST_GUARD_TRYLOCK,	/* the same three by their C guards */
	VMALOCK_TEST_GUARD_WAIT,
	VMALOCK_TEST_GUARD_KILLABLE,
	VMALOCK_TEST_SCOPED_TRYLOCK,	/* by scoped_cond_guard() */
	VMALOCK_TEST_SCOPED_WAIT,
	VMALOCK_TEST_SCOPED_KILLABLE,
	VMALOCK_TEST_ACQUIRE_TRYLOCK,	/* by ACQUIRE() */
	VMALOCK_TEST_ACQUIRE_WAIT,
	VMALOCK_TEST_ACQUIRE_KILLABLE,
	VMALOCK_TEST_HOW_NR,
};

struct vmalock_test_lock {
	vmalock_u64 address;		/* in: in the caller's address space */
	vmalock_u32 how;		/* in: enum vmalock_test_how */
	vmalock_u32 hold_us;		/* in: sleep this long holding the lock */
	vmalock_u64 vm_start;		/* out: range of the locked VMA, */
	vmalock_u64 vm_end;		/* out: both zero if none was locked */
};

#define VMALOCK_TEST_MAX_HOLD_US 60000000u
#define VMALOCK_TEST_IOC_LOCK _IOWR('v', 0x10, struct vmalock_test_lock)

/* Ask the assertions about a VMA, in a situation that is known. */
enum vmalock_test_situation {
	VMALOCK_TEST_UNLOCKED,		/* by the caller; others may hold it */
	VMALOCK_TEST_READ_LOCKED,
	VMALOCK_TEST_MMAP_READ,
	VMALOCK_TEST_MMAP_WRITE,
	VMALOCK_TEST_WRITE_LOCKED,	/* mmap_lock and the VMA */
	VMALOCK_TEST_SITUATION_NR,
};

struct vmalock_test_verdicts {
	vmalock_u64 address;		/* in */
	vmalock_u32 situation;		/* in: enum vmalock_test_situation */
	vmalock_u32 reserved;		/* in: zero */
	vmalock_u32 locked;		/* out: enum vmalock_verdict, as are */
	vmalock_u32 write_locked;	/* these */
	vmalock_u32 stabilised;
	vmalock_u32 attached;
};

#define VMALOCK_TEST_IOC_VERDICTS _IOWR('v', 0x11, struct vmalock_test_verdicts)

/*
 * Break the contract on purpose. What can deadlock is refused unless lockdep
 * is there to report it.
 */
enum vmalock_test_misuse_kind {
	VMALOCK_TEST_UNDER_MMAP_LOCK,	/* wait with mmap_lock held */
	VMALOCK_TEST_UNDER_VMA_LOCK,	/* wait with another VMA locked */
	VMALOCK_TEST_IN_ATOMIC,		/* wait where nothing may sleep */
	VMALOCK_TEST_FAULT_UNDER_LOCK,	/* touch memory with a VMA locked */
	VMALOCK_TEST_ASSERT_UNLOCKED,	/* assert a lock that is not held */
	VMALOCK_TEST_LEAK,		/* lock and never release */
	VMALOCK_TEST_MISUSE_NR,
};

struct vmalock_test_misuse {
	vmalock_u64 address;		/* in: a mapped address */
	vmalock_u64 other;		/* in: one in another mapping */
	vmalock_u32 kind;		/* in: enum vmalock_test_misuse_kind */
	vmalock_u32 reserved;		/* in: zero */
};

#define VMALOCK_TEST_IOC_MISUSE _IOW('v', 0x12, struct vmalock_test_misuse)

/* Lock a page, as whoever reads it in does, hold it, let go of it. */
struct vmalock_test_page {
	vmalock_u64 address;		/* in: where it is mapped and present */
	vmalock_u32 hold_us;		/* in: sleep this long holding the lock */
	vmalock_u32 reserved;		/* in: zero */
};

#define VMALOCK_TEST_IOC_PAGE _IOW('v', 0x13, struct vmalock_test_page)

/* Lock a VMA as the BPF stack map does, hold it, let go of it. */
struct vmalock_test_stackmap {
	vmalock_u64 address;		/* in: in the caller's address space */
	vmalock_u32 no_trylock;		/* in: 1: as if it had failed, else 0 */
	vmalock_u32 hold_us;		/* in: sleep this long holding the lock */
	vmalock_u64 vm_start;		/* out: range of the locked VMA, */
	vmalock_u64 vm_end;		/* out: both zero if none was locked */
};

#define VMALOCK_TEST_IOC_STACKMAP _IOWR('v', 0x14, struct vmalock_test_stackmap)

/* Hold the mutex that mmap() of the device takes, as a driver's that sets something up. */
struct vmalock_test_setup {
	vmalock_u32 hold_us;		/* in: sleep this long holding it */
	vmalock_u32 reserved;		/* in: zero */
};

#define VMALOCK_TEST_IOC_SETUP _IOW('v', 0x19, struct vmalock_test_setup)

/* Lock the first VMA of a range, hold it, report what it was, let go of it. */
struct vmalock_test_next {
	vmalock_u64 address;		/* in: of the caller's address space, */
	vmalock_u64 end;		/* in: from the one to below the other */
	vmalock_u32 killable;		/* in: 1: by the form of that name, else 0 */
	vmalock_u32 hold_us;		/* in: sleep this long holding the lock */
	vmalock_u64 vm_start;		/* out: range of the locked VMA, */
	vmalock_u64 vm_end;		/* out: both zero if none was locked */
};

#define VMALOCK_TEST_IOC_NEXT _IOWR('v', 0x15, struct vmalock_test_next)

/* Walk a range, VMA by VMA, each locked while it is looked at. */
struct vmalock_test_walk {
	vmalock_u64 address;		/* in: of the caller's address space, */
	vmalock_u64 end;		/* in: from the one to below the other */
	vmalock_u64 vmas;		/* out: that have an address of it */
	vmalock_u64 bytes;		/* out: of it that are mapped */
};

#define VMALOCK_TEST_IOC_WALK _IOWR('v', 0x16, struct vmalock_test_walk)

/* Look at memory of any process, as drivers do that serve more than one. */
enum vmalock_test_by {
	VMALOCK_TEST_BY_CALLER,		/* with the mm of another task */
	VMALOCK_TEST_BY_KTHREAD,	/* a kernel thread that uses the mm */
	VMALOCK_TEST_BY_PIN,		/* its page too, by get_user_pages_remote() */
	VMALOCK_TEST_BY_NR,
};

struct vmalock_test_remote {
	vmalock_u64 address;		/* in: in the address space of */
	vmalock_u32 pid;		/* in: this process */
	vmalock_u32 by;			/* in: enum vmalock_test_by */
	vmalock_u64 vm_start;		/* out: range of the locked VMA, */
	vmalock_u64 vm_end;		/* out: both zero if none was locked */
	vmalock_u64 byte;		/* out: at the address; not BY_CALLER */
};

#define VMALOCK_TEST_IOC_REMOTE _IOWR('v', 0x17, struct vmalock_test_remote)

/* Lock and release a VMA so many times, and measure how long that takes. */
enum vmalock_test_way {
	VMALOCK_TEST_WAY_KERNEL,	/* its own lock_vma_under_rcu(), if it exports that */
	VMALOCK_TEST_WAY_MMAP_LOCK,	/* mmap_read_lock(), vma_lookup() */
	VMALOCK_TEST_WAY_TRYLOCK,	/* vmalock's: lock_vma_under_rcu() */
	VMALOCK_TEST_WAY_HELPER,		/* vma_start_read_unlocked() */
	VMALOCK_TEST_WAY_KILLABLE,	/* vma_start_read_unlocked_killable() */
	VMALOCK_TEST_WAY_NEXT,		/* vma_start_read_next() */
	VMALOCK_TEST_WAY_NR,
};

struct vmalock_test_repeat {
	vmalock_u64 address;		/* in: in the caller's address space */
	vmalock_u32 way;		/* in: enum vmalock_test_way */
	vmalock_u32 times;		/* in */
	vmalock_u64 ns;			/* out */
};

#define VMALOCK_TEST_MAX_TIMES 1000u
#define VMALOCK_TEST_IOC_REPEAT _IOWR('v', 0x18, struct vmalock_test_repeat)

/*
 * Mapped, a page of the device takes as many milliseconds to fault in as its
 * number, asleep with the VMA locked, as a slow driver's would.
 */
#define VMALOCK_TEST_MAX_PAGE (VMALOCK_TEST_MAX_HOLD_US / 1000)

VMALOCK_ABI_ASSERT(sizeof(struct vmalock_test_lock) == 32);
VMALOCK_ABI_ASSERT(__builtin_offsetof(struct vmalock_test_lock, vm_start) == 16);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_test_verdicts) == 32);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_test_misuse) == 24);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_test_page) == 16);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_test_setup) == 8);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_test_stackmap) == 32);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_test_next) == 40);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_test_walk) == 32);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_test_remote) == 40);
VMALOCK_ABI_ASSERT(sizeof(struct vmalock_test_repeat) == 24);

#endif /* VMALOCK_TEST_H */
