/* SPDX-License-Identifier: GPL-2.0-only */
/* fallbacks.h - faults that took mmap_lock although no VMA lock was refused. */
#ifndef VMALOCK_UAPI_FALLBACKS_H
#define VMALOCK_UAPI_FALLBACKS_H

/*
 * Why a fault did not end under a VMA lock although none was refused: it had
 * the lock and came back with VM_FAULT_RETRY, or it never asked for one.
 */
enum vmalock_fallback {
	VMALOCK_RETRY_IO,		/* the page is on disk or in swap */
	VMALOCK_RETRY_PAGE,		/* somebody locks the page, or reads it in */
	VMALOCK_RETRY_USERFAULTFD,	/* user space is to fill the page */
	VMALOCK_RETRY_ANON_VMA,		/* the first anon_vma needs mmap_lock */
	VMALOCK_RETRY_HANDLER,		/* the fault handler needs mmap_lock */
	VMALOCK_RETRY_OTHER,
	VMALOCK_RETRY_GONE,		/* the VMA was gone when we looked */
	VMALOCK_BYPASS_KERNEL,		/* the kernel's own access, copy_to_user() */
	VMALOCK_BYPASS_GUP,		/* get_user_pages(): no access at all */
	VMALOCK_FALLBACK_NR,
};

#define VMALOCK_FIRST_BYPASS VMALOCK_BYPASS_KERNEL

#endif /* VMALOCK_UAPI_FALLBACKS_H */
