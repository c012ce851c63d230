/* SPDX-License-Identifier: GPL-2.0-only */
/* writers.h - the writers that cause aborts. */
#ifndef VMALOCK_UAPI_WRITERS_H
#define VMALOCK_UAPI_WRITERS_H

/*
 * How much is known of the writer that was in the way of an abort. Of the first it
 * is the writer's own account, of the last what it was found doing; the others are
 * the victim's word: it read the owner of mmap_lock.
 */
enum vmalock_writer_state {
	VMALOCK_WRITER_SEEN,		/* by itself, as it let go: all is known */
	VMALOCK_WRITER_LEFT,		/* let go before the victim had noted it */
	VMALOCK_WRITER_UNSEEN,		/* had mmap_lock before it was traced */
	VMALOCK_WRITER_CROWDED,		/* had too many different victims at once */
	VMALOCK_WRITER_GONE,		/* nobody held mmap_lock any more */
	VMALOCK_WRITER_HOLDING,		/* has not let go yet */
	VMALOCK_WRITER_STATE_NR,
};

#endif /* VMALOCK_UAPI_WRITERS_H */
