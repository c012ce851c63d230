// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unmapping pages of a VMA has a name without zap_details, and is exported
 * under it.
 * Since 7.1: "mm: rename zap_page_range_single() to zap_vma_range()".
 */
#include <linux/mm.h>

void probe(struct vm_area_struct *vma);

void probe(struct vm_area_struct *vma)
{
	zap_vma_range(vma, vma->vm_start, PAGE_SIZE);
}
