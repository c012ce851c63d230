// SPDX-License-Identifier: GPL-2.0-only
/*
 * A helper that is called by its address too: nothing is converted.
 */
#include "kernel.h"

static struct vm_area_struct *find_own(struct mm_struct *mm, unsigned long address,
				       bool *mmap_locked)
{
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, address); /* found */

	if (vma) {
		if (vma->vm_ops != &driver_vm_ops) {
			vma_end_read(vma);
			return NULL;
		}
		*mmap_locked = false;
		return vma;
	}

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (!vma || vma->vm_ops != &driver_vm_ops) {
		mmap_read_unlock(mm);
		return NULL;
	}
	*mmap_locked = true;
	return vma;
}

int calls_it(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	bool mmap_locked;
	int ret;

	vma = find_own(mm, address, &mmap_locked);
	if (!vma)
		return -EINVAL;
	ret = map(vma, address);
	if (mmap_locked)
		mmap_read_unlock(mm);
	else
		vma_end_read(vma);
	return ret;
}

struct vm_area_struct *(*finder)(struct mm_struct *mm, unsigned long address,
				 bool *mmap_locked) = find_own;
