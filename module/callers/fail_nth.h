/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fail_nth.h - make one allocation or lookup of a caller fail, on demand.
 *
 * As /proc/PID/fail-nth does, but without a kernel built for it, and for
 * lookups too: a test arms it with 1, 2, 3, ... and runs the same operation
 * each time, until one run ends with nothing having failed. By then each
 * point that can fail has failed once.
 *
 * One per open file. Armed by an ioctl, counted down by every operation on
 * that file, in any context, so it is atomic.
 */
#ifndef VMALOCK_CALLERS_FAIL_NTH_H
#define VMALOCK_CALLERS_FAIL_NTH_H

#include <linux/atomic.h>

struct fail_nth {
	atomic_t left;
};

/* The @nth call of fail_nth_now() from here fails; 0: none does. */
static inline void fail_nth_arm(struct fail_nth *fail, u32 nth)
{
	atomic_set(&fail->left, nth);
}

/* Is it still armed, that is, did nothing fail since? */
static inline bool fail_nth_armed(struct fail_nth *fail)
{
	return atomic_read(&fail->left) > 0;
}

/* Called where an allocation or lookup is about to be made. */
static inline bool fail_nth_now(struct fail_nth *fail)
{
	return unlikely(atomic_read(&fail->left) > 0) &&
	       atomic_dec_return(&fail->left) == 0;
}

#endif /* VMALOCK_CALLERS_FAIL_NTH_H */
