// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VMA has a lock, of whatever kind: they all have this number.
 * Since 6.4, if CONFIG_PER_VMA_LOCK is on: "mm: add per-VMA lock and helper
 * functions to control it".
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>

unsigned int probe(struct vm_area_struct *vma);

unsigned int probe(struct vm_area_struct *vma)
{
	return vma->vm_lock_seq;
}
