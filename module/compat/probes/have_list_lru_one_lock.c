// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each list of a list_lru has its own lock. A walk's callback is not handed
 * it, and does not take it again when it has let it go.
 * Since 6.13: "mm/list_lru: split the lock to per-cgroup scope" and
 * "mm/list_lru: simplify the list_lru walk callback function".
 */
#include <linux/list_lru.h>

enum lru_status probe(struct list_head *item, struct list_lru_one *list,
		      void *argument);

enum lru_status probe(struct list_head *item, struct list_lru_one *list,
		      void *argument)
{
	list_lru_walk_cb probed = probe;

	spin_unlock(&list->lock);
	return probed ? LRU_REMOVED_RETRY : LRU_SKIP;
}
