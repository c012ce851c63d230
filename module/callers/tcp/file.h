/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.h - an open /dev/vmalock_tcp, as the C side knows it.
 *
 * Lock order: the file's mutex, then a VMA lock or mmap_lock. The mutex is
 * held while bytes are copied from and to user space, which may fault and take
 * mmap_lock, so nothing that runs under mmap_lock takes the mutex: mmap()
 * touches the VMA alone, and release() comes after the last call and the last
 * mapping. Mutexes of two files are never held together.
 *
 * A VMA lock, or mmap_lock in the old way, is held for nothing but zapping and
 * inserting pages. Neither mmap_lock nor a fault may come between
 * vma_start_read_unlocked() and vma_end_read(): where the kernel has no
 * per-VMA locks, what lies between them is mmap_lock itself.
 */
#ifndef VMALOCK_CALLERS_TCP_FILE_H
#define VMALOCK_CALLERS_TCP_FILE_H

#include <linux/atomic.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>

#include "callers/fail_nth.h"
#include "callers/tcp/environment.h"

struct vmalock_tcp_file {
	struct mutex mutex;	/* one call on the stream at a time */
	struct fail_nth fail;
	struct vmalock_tcp_stream *stream;	/* written under the mutex */
};

/* A VMA is a stream's if it has these, and the file as its private data. */
extern const struct vm_operations_struct vmalock_tcp_vm_ops;

/* Pages that were allocated and not let go of, by any stream. */
extern atomic_long_t vmalock_tcp_live_pages;

#endif /* VMALOCK_CALLERS_TCP_FILE_H */
