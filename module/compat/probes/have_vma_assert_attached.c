// SPDX-License-Identifier: GPL-2.0-only
/*
 * Since 6.15, in the series that made the VMA lock a reference count.
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>

void probe(struct vm_area_struct *vma);

void probe(struct vm_area_struct *vma)
{
	vma_assert_attached(vma);
}
