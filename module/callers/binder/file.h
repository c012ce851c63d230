/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.h - an open file of /dev/vmalock_binder, as the C side knows it.
 */
#ifndef VMALOCK_CALLERS_BINDER_FILE_H
#define VMALOCK_CALLERS_BINDER_FILE_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/mutex.h>

#include "callers/fail_nth.h"
#include "callers/binder/environment.h"

/*
 * @ref is one for the open file and one for each page that the shrinker is
 * freeing. @mm is set once, before the area's state says MAPPED.
 */
struct binder_file {
	struct binder_area area;
	struct kref ref;
	struct mutex mutex;		/* the outermost lock, see binder.c */
	struct mm_struct *mm;		/* the receiver's; mm_count is held */
	struct fail_nth fail;
	atomic64_t events[VMALOCK_BINDER_EVENT_NR];
};

static inline struct binder_file *file_of(struct binder_area *area)
{
	return container_of(area, struct binder_file, area);
}

/* Is an allocation or lookup for this area to fail, now that it is due? */
static inline bool fails_now(struct binder_area *area)
{
	return fail_nth_now(&file_of(area)->fail);
}

extern const struct vm_operations_struct binder_vm_ops;

/* The LRU and its shrinker, for all files. At load and unload. */
int binder_shrinker_register(void);
void binder_shrinker_unregister(void);

#endif /* VMALOCK_CALLERS_BINDER_FILE_H */
