// SPDX-License-Identifier: GPL-2.0-only
/*
 * shrinker.c - the pages that no buffer uses, of all files: one LRU, and the
 * shrinker that walks it when memory is short or on drop_caches.
 */
#include <linux/list_lru.h>
#include <linux/shrinker.h>

#include <vmalock/features.h>
#include "callers/binder/file.h"

static struct list_lru lru;
static struct shrinker *shrinker;

struct binder_walk {
	struct list_lru_one *list;
	spinlock_t *lock;		/* of @list, held until isolation */
};

static struct list_head *item_of(struct binder_slot *slot)
{
	BUILD_BUG_ON(sizeof(struct list_head) != sizeof(slot->lru));
	return (struct list_head *)slot->lru;
}

static struct binder_slot *slot_of(struct list_head *item)
{
	return container_of((void *)item, struct binder_slot, lru);
}

bool binder_env_lru_add(struct binder_slot *slot)
{
	if (fails_now(slot->area))
		return false;
	INIT_LIST_HEAD(item_of(slot));
	return list_lru_add(&lru, item_of(slot), page_to_nid(slot->page), NULL);
}

void binder_env_lru_del(struct binder_slot *slot)
{
	list_lru_del(&lru, item_of(slot), page_to_nid(slot->page), NULL);
}

void binder_env_lru_isolate(struct binder_walk *walk, struct binder_slot *slot)
	__releases(walk->lock)
{
	list_lru_isolate(walk->list, item_of(slot));
	spin_unlock(walk->lock);
}

/* A page that cannot be had now goes behind the others. */
#if VMALOCK_HAVE_LIST_LRU_ONE_LOCK
static enum lru_status reclaim_item(struct list_head *item,
				    struct list_lru_one *list, void *unused)
{
	struct binder_walk walk = { .list = list, .lock = &list->lock };

	return binder_reclaim(slot_of(item), &walk) ? LRU_REMOVED_RETRY : LRU_ROTATE;
}
#else
static enum lru_status reclaim_item(struct list_head *item,
				    struct list_lru_one *list, spinlock_t *lock,
				    void *unused)
{
	struct binder_walk walk = { .list = list, .lock = lock };

	if (!binder_reclaim(slot_of(item), &walk))
		return LRU_ROTATE;
	__release(lock);	/* for sparse: binder_env_lru_isolate() did */
	spin_lock(lock);
	return LRU_REMOVED_RETRY;
}
#endif

static unsigned long count_objects(struct shrinker *unused,
				   struct shrink_control *control)
{
	return list_lru_count(&lru);
}

static unsigned long scan_objects(struct shrinker *unused,
				  struct shrink_control *control)
{
	return list_lru_walk(&lru, reclaim_item, NULL, control->nr_to_scan);
}

int binder_shrinker_register(void)
{
	int error = list_lru_init(&lru);

	if (error)
		return error;
	shrinker = shrinker_alloc(0, "vmalock-binder");
	if (!shrinker) {
		list_lru_destroy(&lru);
		return -ENOMEM;
	}
	shrinker->count_objects = count_objects;
	shrinker->scan_objects = scan_objects;
	shrinker_register(shrinker);
	return 0;
}

/* No file is open, so the LRU is empty; shrinker_free() waits for walks. */
void binder_shrinker_unregister(void)
{
	shrinker_free(shrinker);
	list_lru_destroy(&lru);
}
