/* SPDX-License-Identifier: GPL-2.0-only */
/* writers.h - the writers that cause aborts. */
#ifndef VMALOCK_UAPI_WRITERS_H
#define VMALOCK_UAPI_WRITERS_H

#include "uapi/types.h"

/*
 * How much is known of the writer that was in the way of an abort. Of the first it
 * is the writer's own account, of the last what it was found doing; the others are
 * the victim's word: it read the owner of mmap_lock.
 *
 * X(name, key, words)
 */
#define VMALOCK_WRITER_STATES(X) \
	/* by itself, as it let go */ \
	X(VMALOCK_WRITER_SEEN, "seen", "seen until it let go: everything is known") \
	/* let go before the victim had noted it */ \
	X(VMALOCK_WRITER_LEFT, "left", "about to let go: no stack, no time") \
	/* had mmap_lock before it was traced, or since some moment of the refused call */ \
	X(VMALOCK_WRITER_UNSEEN, "unseen", "not seen all through: no stack, no time") \
	/* had too many different victims at once */ \
	X(VMALOCK_WRITER_CROWDED, "crowded", "blocking too many at once: no stack, no time") \
	/* nobody held mmap_lock any more, or another who had not locked the VMA */ \
	X(VMALOCK_WRITER_GONE, "gone", "unknown: nobody can be named") \
	/* has not let go yet */ \
	X(VMALOCK_WRITER_HOLDING, "holding", "still there: stack, and the time so far")

enum vmalock_writer_state {
	VMALOCK_WRITER_STATES(VMALOCK_ENUMERATOR)
	VMALOCK_WRITER_STATE_NR,
};

#endif /* VMALOCK_UAPI_WRITERS_H */
