/* SPDX-License-Identifier: GPL-2.0-only */
/* tables.h - the tracer's tables in which entries are made and given back. */
#ifndef VMALOCK_UAPI_TABLES_H
#define VMALOCK_UAPI_TABLES_H

#include "uapi/types.h"

/*
 * A BPF program makes an entry, user space removes it.
 *
 * X(name, map)
 */
#define VMALOCK_TABLES(X) \
	X(VMALOCK_TABLE_GROUPS, groups) \
	X(VMALOCK_TABLE_ABORTS, aborts) \
	X(VMALOCK_TABLE_FALLBACKS, fallbacks) \
	X(VMALOCK_TABLE_MISSES, misses) \
	X(VMALOCK_TABLE_NAMES, names) \
	X(VMALOCK_TABLE_TIMES, process_times) \
	X(VMALOCK_TABLE_BLAMES, blames) \
	X(VMALOCK_TABLE_WRITERS, writers) \
	X(VMALOCK_TABLE_FOLLOWED, followed_holds) \
	X(VMALOCK_TABLE_LOCK_WAITS, lock_waits)

enum vmalock_table {
	VMALOCK_TABLES(VMALOCK_ENUMERATOR)
	VMALOCK_TABLE_NR,
};

#endif /* VMALOCK_UAPI_TABLES_H */
