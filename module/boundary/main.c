// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - loading and unloading of the module, and unloading of the modules that
 * call it.
 *
 * A caller uses an exported symbol, so vmalock cannot be unloaded before it. If a
 * caller is unloaded while it holds a VMA lock, the kernel log names it: writers of
 * that mapping now block forever.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>

#include "boundary/environment.h"
#include "boundary/exports.h"
#include "boundary/stats.h"
#include "uapi/version.h"

#ifndef VMALOCK_STEPS_ASIDE
EXPORT_SYMBOL_GPL(vmalock_lock_vma_under_rcu);
EXPORT_SYMBOL_GPL(vmalock_vma_start_read_unlocked);
EXPORT_SYMBOL_GPL(vmalock_vma_start_read_locked);
EXPORT_SYMBOL_GPL(vmalock_vma_end_read);
#endif
#ifndef VMALOCK_KILLABLE_STEPS_ASIDE
EXPORT_SYMBOL_GPL(vmalock_vma_start_read_unlocked_killable);
#endif
EXPORT_SYMBOL_GPL(vmalock_vma_start_read_next);
EXPORT_SYMBOL_GPL(vmalock_vma_start_read_next_killable);
EXPORT_SYMBOL_GPL(vmalock_vma_locked);
EXPORT_SYMBOL_GPL(vmalock_vma_write_locked);
EXPORT_SYMBOL_GPL(vmalock_vma_stabilised);
EXPORT_SYMBOL_GPL(vmalock_vma_attached);

static bool track_owner;
module_param(track_owner, bool, 0444);
MODULE_PARM_DESC(track_owner,
		 "note who holds which VMA lock taken through vmalock (default: off)");

static void *owners;

static int caller_going(struct notifier_block *block, unsigned long state,
			void *data)
{
	/* Two modules can go at once, and the books are of all of them. */
	static DEFINE_MUTEX(settling);
	struct module *module = data;
	long long locks;
	unsigned int caller;

	if (state != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	caller = vmalock_core_find_caller(module);
	if (caller == VMALOCK_CALLERS - 1)
		return NOTIFY_DONE;
	mutex_lock(&settling);
	switch (vmalock_core_settle(caller, vmalock_stats_held(caller),
				    vmalock_stats_deficit(), &locks)) {
	case VMALOCK_ACCOUNT_LEAKED:
		WARN(1, "vmalock: %s is unloaded with %lld VMA locks held; their mappings can never be changed again\n",
		     module->name, locks);
		break;
	case VMALOCK_ACCOUNT_HANDED_ON:
		pr_warn("vmalock: %s has taken %lld VMA locks that other modules released\n",
			module->name, locks);
		break;
	case VMALOCK_ACCOUNT_OVERDRAWN:
		WARN(1, "vmalock: %s has released %lld VMA locks more than it took\n",
		     module->name, locks);
		break;
	default:
		break;
	}
	vmalock_core_forget_caller(module);
	mutex_unlock(&settling);
	return NOTIFY_DONE;
}

static struct notifier_block callers_notifier = {
	.notifier_call = caller_going,
};

static int __init vmalock_init(void)
{
	int error;

	if (track_owner && IS_ENABLED(VMALOCK_STEPS_ASIDE)) {
		pr_notice("vmalock: this kernel locks VMAs itself, so owners cannot be tracked\n");
		track_owner = false;
	}
	if (track_owner) {
		owners = kvzalloc(vmalock_core_owners_size(), GFP_KERNEL);
		if (!owners)
			return -ENOMEM;
		vmalock_core_track_owners(owners);
	}

	error = vmalock_stats_create(track_owner);
	if (error)
		goto free_owners;
	error = register_module_notifier(&callers_notifier);
	if (error)
		goto remove_stats;
	return 0;

remove_stats:
	vmalock_stats_remove();
free_owners:
	kvfree(owners);
	return error;
}

static void __exit vmalock_exit(void)
{
	unregister_module_notifier(&callers_notifier);
	vmalock_stats_remove();
	kvfree(owners);
}

module_init(vmalock_init);
module_exit(vmalock_exit);

MODULE_DESCRIPTION("Per-VMA read locks that wait for writers");
MODULE_AUTHOR("The vmalock authors");
MODULE_VERSION(VMALOCK_VERSION);
MODULE_LICENSE("GPL");
