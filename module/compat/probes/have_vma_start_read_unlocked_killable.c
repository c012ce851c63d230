// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel has the killable form of the waiting helper as well. The series
 * for 7.4 asks for it and does not have it.
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>

struct vm_area_struct *probe(struct mm_struct *mm);

struct vm_area_struct *probe(struct mm_struct *mm)
{
	return vma_start_read_unlocked_killable(mm, 0);
}
