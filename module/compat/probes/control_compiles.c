// SPDX-License-Identifier: GPL-2.0-only
/* Control: every kernel that can build modules compiles this. */
#include <linux/mm.h>
#include <linux/mmap_lock.h>

void control(struct mm_struct *mm);

void control(struct mm_struct *mm)
{
	mmap_read_lock(mm);
	mmap_read_unlock(mm);
}
