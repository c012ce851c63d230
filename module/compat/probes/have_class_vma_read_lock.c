// SPDX-License-Identifier: GPL-2.0-only
/* The kernel has a class of this name, of whatever form. No kernel has yet. */
#include <linux/mm.h>
#include <linux/mmap_lock.h>

unsigned long probe(class_vma_read_lock_t *guard);

unsigned long probe(class_vma_read_lock_t *guard)
{
	return sizeof(*guard);
}
