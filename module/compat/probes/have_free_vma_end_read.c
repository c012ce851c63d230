// SPDX-License-Identifier: GPL-2.0-only
/* The kernel has __free(vma_end_read). No kernel has yet. */
#include <linux/cleanup.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>

void probe(struct vm_area_struct *given);

void probe(struct vm_area_struct *given)
{
	struct vm_area_struct *vma __free(vma_end_read) = given;
}
