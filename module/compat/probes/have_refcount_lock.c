// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMA lock is a reference count, and read-locking under mmap_lock can fail
 * when it is saturated.
 * Since 6.15: "mm: replace vm_lock and detached flag with a reference count".
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>

bool probe(struct vm_area_struct *vma);

bool probe(struct vm_area_struct *vma)
{
	bool locked = vma_start_read_locked(vma);

	return locked && refcount_read(&vma->vm_refcnt);
}
