// SPDX-License-Identifier: GPL-2.0-only
/*
 * What knows mmap_lock alone, and is found only on request.
 */
#include "kernel.h"

unsigned long looks_up(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	unsigned long flags = 0;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address); /* found */
	if (vma)
		flags = vma->vm_flags;
	mmap_read_unlock(mm);
	return flags;
}

int walks(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;
	int count = 0;
	VMA_ITERATOR(vmi, mm, start);

	mmap_read_lock(mm);
	for_each_vma_range(vmi, vma, end) /* found */
		count++;
	mmap_read_unlock(mm);
	return count;
}
