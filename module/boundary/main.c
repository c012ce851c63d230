// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the module: what it exports, its birth and its end.
 *
 * There is nothing to tear down but the statistics. A caller's module uses an
 * exported symbol and so cannot be outlived by its lock.
 */
#include <linux/module.h>

#include "boundary/environment.h"
#include "boundary/stats.h"

#ifdef VMALOCK_RWSEM
EXPORT_SYMBOL_GPL(vmalock_lock_vma_under_rcu);
#endif
EXPORT_SYMBOL_GPL(vmalock_vma_start_read_unlocked);
EXPORT_SYMBOL_GPL(vmalock_vma_start_read_unlocked_killable);

static int __init vmalock_init(void)
{
	vmalock_stats_create();
	return 0;
}

static void __exit vmalock_exit(void)
{
	vmalock_stats_remove();
}

module_init(vmalock_init);
module_exit(vmalock_exit);

MODULE_DESCRIPTION("Per-VMA read locks that wait for writers");
MODULE_AUTHOR("The vmalock authors");
MODULE_LICENSE("GPL");
