// SPDX-License-Identifier: GPL-2.0-only
/*
 * Since 6.4: "mm: add per-VMA lock and helper functions to control it".
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>

void probe(struct vm_area_struct *vma);

void probe(struct vm_area_struct *vma)
{
	vma_assert_write_locked(vma);
}
