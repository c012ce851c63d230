/* SPDX-License-Identifier: GPL-2.0-only */
/* waits.h - writers of a VMA that waited for its readers. */
#ifndef VMALOCK_UAPI_WAITS_H
#define VMALOCK_UAPI_WAITS_H

#include "uapi/types.h"

/*
 * What the writer was about.
 *
 * X(name, key)
 */
#define VMALOCK_WAIT_KINDS(X) \
	/* to lock the VMA: vma_start_write() */ \
	X(VMALOCK_WAIT_WRITE, "write") \
	/* to take it out of the address space */ \
	X(VMALOCK_WAIT_DETACH, "detach")

enum vmalock_wait_kind {
	VMALOCK_WAIT_KINDS(VMALOCK_ENUMERATOR)
	VMALOCK_WAIT_KIND_NR,
};

#endif /* VMALOCK_UAPI_WAITS_H */
