/* SPDX-License-Identifier: GPL-2.0-only */
/* fallbacks.h - faults that took mmap_lock although no VMA lock was refused. */
#ifndef VMALOCK_UAPI_FALLBACKS_H
#define VMALOCK_UAPI_FALLBACKS_H

#include "uapi/types.h"

/*
 * Why a fault did not end under a VMA lock although none was refused: it had
 * the lock and came back with VM_FAULT_RETRY, or it never asked for one. The
 * causes of retries come first.
 *
 * X(name, key, words)
 */
#define VMALOCK_FALLBACKS(X) \
	/* the page is on disk or in swap */ \
	X(VMALOCK_RETRY_IO, "io", "read from disk or swap") \
	/* somebody locks the page, or reads it in */ \
	X(VMALOCK_RETRY_PAGE, "page", "page locked or being read") \
	/* user space is to fill the page */ \
	X(VMALOCK_RETRY_USERFAULTFD, "userfaultfd", "userfaultfd") \
	/* the first anon_vma needs mmap_lock */ \
	X(VMALOCK_RETRY_ANON_VMA, "anon_vma", "first anon_vma, mmap_lock taken") \
	/* the fault handler needs mmap_lock */ \
	X(VMALOCK_RETRY_HANDLER, "handler", "fault handler needs mmap_lock") \
	X(VMALOCK_RETRY_OTHER, "other", "other") \
	/* the VMA was gone when we looked */ \
	X(VMALOCK_RETRY_GONE, "gone", "gone when we looked") \
	/* the kernel's own access, copy_to_user() */ \
	X(VMALOCK_BYPASS_KERNEL, "kernel", "access by the kernel") \
	/* get_user_pages(): no access at all */ \
	X(VMALOCK_BYPASS_GUP, "get_user_pages", "get_user_pages")

enum vmalock_fallback {
	VMALOCK_FALLBACKS(VMALOCK_ENUMERATOR)
	VMALOCK_FALLBACK_NR,
};

#define VMALOCK_FIRST_BYPASS VMALOCK_BYPASS_KERNEL

#endif /* VMALOCK_UAPI_FALLBACKS_H */
