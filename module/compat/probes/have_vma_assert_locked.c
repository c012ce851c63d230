// SPDX-License-Identifier: GPL-2.0-only
/*
 * Since 6.6: "mm: handle userfaults under VMA lock" and its series; before,
 * there was only vma_assert_write_locked().
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>

void probe(struct vm_area_struct *vma);

void probe(struct vm_area_struct *vma)
{
	vma_assert_locked(vma);
}
