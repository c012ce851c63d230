// SPDX-License-Identifier: GPL-2.0-only
/*
 * list_lru_add() is told the node and the control group.
 * Since 6.8: "list_lru: allow explicit memcg and NUMA node selection".
 */
#include <linux/list_lru.h>

bool probe(struct list_lru *lru, struct list_head *item);

bool probe(struct list_lru *lru, struct list_head *item)
{
	return list_lru_add(lru, item, 0, NULL);
}
