// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMA lock is a rw_semaphore behind a pointer, and `detached` is a flag.
 * Since 6.4: "mm: separate vma->lock from vm_area_struct".
 */
#include <linux/mm.h>

bool probe(struct vm_area_struct *vma);

bool probe(struct vm_area_struct *vma)
{
	struct rw_semaphore *lock = &vma->vm_lock->lock;

	down_read(lock);
	vma_end_read(vma);
	return vma->detached || vma_start_read(vma);
}
