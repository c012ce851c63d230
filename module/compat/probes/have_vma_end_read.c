// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel knows VMA locks, or has functions that do nothing in their place.
 * Since 6.4: "mm: add per-VMA lock and helper functions to control it".
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>

void probe(struct vm_area_struct *vma);

void probe(struct vm_area_struct *vma)
{
	vma_end_read(vma);
}
