/* SPDX-License-Identifier: GPL-2.0-only */
/* waits.h - writers of a VMA that waited for its readers. */
#ifndef VMALOCK_UAPI_WAITS_H
#define VMALOCK_UAPI_WAITS_H

/* What the writer was about. */
enum vmalock_wait_kind {
	VMALOCK_WAIT_WRITE,		/* to lock the VMA: vma_start_write() */
	VMALOCK_WAIT_DETACH,		/* to take it out of the address space */
	VMALOCK_WAIT_KIND_NR,
};

#endif /* VMALOCK_UAPI_WAITS_H */
