/* SPDX-License-Identifier: GPL-2.0-only */
/* region.h - the memory whose mappings are tortured, and its record. */
#ifndef VMALOCK_TORTURE_REGION_H
#define VMALOCK_TORTURE_REGION_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "torture/environment.h"

#define VMALOCK_TORTURE_MOST_FORGOTTEN 16

struct mm_struct;

struct vmalock_torture_region {
	struct mm_struct *mm;	/* of whom it is; readers keep its mm_users above zero */
	vmalock_u64 start;
	u32 pages;
	enum vmalock_torture_busted busted;
	struct vmalock_torture_record *record;	/* shared with its user */
	bool stopping;	/* readers shall stop, and forget nothing more */
	/* What such calls have not released: nothing more once it is stopping. */
	spinlock_t forgotten_lock;
	struct vm_area_struct *forgotten[VMALOCK_TORTURE_MOST_FORGOTTEN];
	u32 forgotten_vmas;
	u32 forgotten_mmap_locks;
};

/* busted.c: release what was forgotten. */
void vmalock_torture_rescue(struct vmalock_torture_region *region);

#endif /* VMALOCK_TORTURE_REGION_H */
