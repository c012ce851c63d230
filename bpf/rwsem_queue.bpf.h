/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rwsem_queue.bpf.h - the tasks that wait for a rw_semaphore, from its own list.
 *
 * The list is read without its lock: the elements are on the stacks of the waiters, and
 * one that wakes meanwhile leaves anything there. So nothing that is read here is known
 * until the task itself has been asked, is_queued().
 */
#ifndef VMALOCK_RWSEM_QUEUE_BPF_H
#define VMALOCK_RWSEM_QUEUE_BPF_H

#include "blocked_types.h"

/* The first waiter's node; if nobody waits, the list's head or none. */
static __always_inline struct list_head *first_node(struct rw_semaphore *lock)
{
	struct rw_semaphore___first *first = (void *)lock;
	struct rw_semaphore___list *list = (void *)lock;

	if (bpf_core_field_exists(first->first_waiter))
		return (void *)BPF_CORE_READ(first, first_waiter);
	if (bpf_core_field_exists(list->wait_list))
		return BPF_CORE_READ(list, wait_list.next);
	return NULL;
}

/* The node at which a walk that began with @first has seen all. */
static __always_inline struct list_head *end_node(struct rw_semaphore *lock,
						  struct list_head *first)
{
	struct rw_semaphore___list *list = (void *)lock;

	if (bpf_core_field_exists(list->wait_list))
		return (void *)((__u64)lock + bpf_core_field_offset(list->wait_list));
	return first;
}

static __always_inline bool has_waiters(struct rw_semaphore *lock)
{
	struct list_head *first = first_node(lock);
	struct rw_semaphore___first *headless = (void *)lock;

	return first && (bpf_core_field_exists(headless->first_waiter) ||
			 first != end_node(lock, first));
}

/* Is @waiter on the live stack of @task, @from to @to, and is it its own? */
static __always_inline bool is_queued(__u64 task, struct rwsem_waiter *waiter, __u64 from, __u64 to)
{
	return (__u64)waiter >= from && (__u64)waiter < to &&
	       (__u64)BPF_CORE_READ(waiter, task) == task;
}

#endif /* VMALOCK_RWSEM_QUEUE_BPF_H */
