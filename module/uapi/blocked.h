/* SPDX-License-Identifier: GPL-2.0-only */
/* blocked.h - what a task does that may wait for a lock of an address space. */
#ifndef VMALOCK_UAPI_BLOCKED_H
#define VMALOCK_UAPI_BLOCKED_H

#include "uapi/types.h"

/*
 * At the moment that it is looked at.
 *
 * X(name, key)
 */
#define VMALOCK_RUN_STATES(X) \
	/* on a CPU: its stack cannot be read */ \
	X(VMALOCK_RUNNING, "running") \
	/* waits for a CPU */ \
	X(VMALOCK_RUNNABLE, "runnable") \
	/* any signal wakes it */ \
	X(VMALOCK_SLEEPS, "sleeps") \
	/* no signal wakes it, or only one that kills */ \
	X(VMALOCK_BLOCKED, "blocked")

enum vmalock_run_state {
	VMALOCK_RUN_STATES(VMALOCK_ENUMERATOR)
	VMALOCK_RUN_STATE_NR,
};

/*
 * What of an address space it waits for.
 *
 * X(name, key)
 */
#define VMALOCK_WAITS_FOR(X) \
	/* that we know */ \
	X(VMALOCK_WAITS_FOR_NOTHING, "nothing") \
	X(VMALOCK_WAITS_TO_READ, "mmap_lock_read") \
	X(VMALOCK_WAITS_TO_WRITE, "mmap_lock_write") \
	/* of a VMA, with mmap_lock held to write */ \
	X(VMALOCK_WAITS_FOR_READERS, "vma_readers")

enum vmalock_waits_for {
	VMALOCK_WAITS_FOR(VMALOCK_ENUMERATOR)
	VMALOCK_WAITS_FOR_NR,
};

/* Which kind of another lock it sleeps on. */
enum vmalock_lock_kind {
	VMALOCK_LOCK_NONE,		/* none, or the kernel does not say */
	VMALOCK_LOCK_MUTEX,
	VMALOCK_LOCK_SEMAPHORE,
	VMALOCK_LOCK_RWSEM_READ,	/* to read */
	VMALOCK_LOCK_RWSEM_WRITE,	/* to write */
};

#endif /* VMALOCK_UAPI_BLOCKED_H */
