/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * environment.h - the line between the C and the C++ of vmalock_binder: what
 * both know of an open file, what the core asks of the kernel, what it offers.
 * It includes no kernel header and knows the kernel's types by name only.
 */
#ifndef VMALOCK_CALLERS_BINDER_ENVIRONMENT_H
#define VMALOCK_CALLERS_BINDER_ENVIRONMENT_H

#include "uapi/vmalock_binder.h"

struct page;
struct vm_area_struct;

/* How an operation ended; the boundary turns it into an errno. */
enum binder_result {
	BINDER_OK,
	BINDER_BAD_ARGUMENT,		/* EINVAL */
	BINDER_NOT_PERMITTED,		/* EPERM: the mapping is writable */
	BINDER_MAPPED_BEFORE,		/* EBUSY: a file is mapped once */
	BINDER_NOT_MAPPED,		/* ESRCH: not yet, or not any more */
	BINDER_NO_SPACE,		/* ENOSPC: in the area, or no buffer */
	BINDER_NO_MEMORY,		/* ENOMEM */
	BINDER_FAULT,			/* EFAULT: in the sender's memory */
	BINDER_NO_BUFFER,		/* ENOENT: none starts there */
	BINDER_IN_TRANSIT,		/* EBUSY: it is still being filled */
	BINDER_PAGE_THERE,		/* inside the core: a page is mapped there */
	BINDER_RESULT_NR,
};

/*
 * The life of a file's mapping, in this order and never back, but for NEW
 * after a failure in SETTING_UP. Changed by mmap() and by the VMA's close(),
 * which run under mmap_lock and so must not take the mutex: by compare and
 * exchange. Whoever reads MAPPED (acquire) sees the area set up.
 */
enum binder_state {
	BINDER_NEW,
	BINDER_SETTING_UP,
	BINDER_MAPPED,
	BINDER_GONE,			/* no page is mapped, nor will be */
};

/*
 * One page of the area. Under the file's mutex, but for @lru, which the lock
 * of the LRU protects, and @page. That is set by a sender, without the mutex, by
 * compare and exchange with NULL, while @users is above zero; until these are
 * none again it stays.
 */
struct binder_slot {
	struct binder_area *area;
	struct page *page;		/* in the mapping; NULL: none */
	vmalock_u32 users;		/* buffers that lie on it, in part */
	vmalock_u32 listed;		/* on the LRU */
	void *lru[2];			/* the boundary's: a list_head */
};

/* Under the mutex. Who fills a buffer keeps it, without the mutex. */
struct binder_buffer {
	vmalock_u32 offset, size;	/* size: as rounded up */
	vmalock_u32 in_transit;		/* its sender is still filling it */
};

/* What the core knows of an open file. Under the mutex, but for @state. */
struct binder_area {
	vmalock_u32 state;		/* enum binder_state */
	vmalock_u32 page_shift;		/* the kernel's */
	vmalock_u32 way;		/* enum vmalock_binder_way */
	vmalock_u32 pages;		/* of the mapping; with @start, @slots */
	vmalock_u32 buffer_count;	/* and @buffers: since SETTING_UP */
	unsigned long start;		/* of the mapping, receiver's address */
	struct binder_slot *slots;
	struct binder_buffer *buffers;	/* by offset */
};

/* The shrinker's place on the LRU, whose lock it holds. */
struct binder_walk;

#ifdef __cplusplus
extern "C" {
#endif

/* One operation each of the environment that environment.hh describes. */
void binder_env_mutex_lock(struct binder_area *area);
bool binder_env_mutex_trylock(struct binder_area *area);
void binder_env_mutex_unlock(struct binder_area *area);
vmalock_u32 binder_env_state(struct binder_area *area);
bool binder_env_change_state(struct binder_area *area, vmalock_u32 from,
			     vmalock_u32 to);
void *binder_env_array_alloc(struct binder_area *area, vmalock_u32 count,
			     vmalock_u32 size);
void binder_env_array_free(void *array);
struct page *binder_env_page_alloc(struct binder_area *area);
void binder_env_page_free(struct page *page);
bool binder_env_copy_from_sender(struct binder_area *area, struct page *page,
				 vmalock_u32 offset, vmalock_u64 data,
				 vmalock_u32 bytes);
bool binder_env_tell_sender(void *request, vmalock_u32 offset);
void binder_env_mmgrab_current(struct binder_area *area);
bool binder_env_mmget_not_zero(struct binder_area *area);
void binder_env_mmput_async(struct binder_area *area);
struct vm_area_struct *
binder_env_vma_start_read_unlocked(struct binder_area *area,
				   unsigned long address);
struct vm_area_struct *binder_env_lock_vma_under_rcu(struct binder_area *area,
						     unsigned long address);
void binder_env_vma_end_read(struct vm_area_struct *vma);
void binder_env_mmap_read_lock(struct binder_area *area);
bool binder_env_mmap_read_trylock(struct binder_area *area);
void binder_env_mmap_read_unlock(struct binder_area *area);
struct vm_area_struct *binder_env_vma_lookup(struct binder_area *area,
					     unsigned long address);
bool binder_env_vma_is_of(struct vm_area_struct *vma, struct binder_area *area);
enum binder_result binder_env_vm_insert_page(struct binder_area *area,
					     struct vm_area_struct *vma,
					     unsigned long address,
					     struct page *page);
struct page *binder_env_get_user_page(struct binder_area *area,
				      unsigned long address);
struct page *binder_env_page_of(struct binder_slot *slot);
bool binder_env_publish(struct binder_slot *slot, struct page *page);
void binder_env_zap_page(struct vm_area_struct *vma, unsigned long address);
bool binder_env_lru_add(struct binder_slot *slot);
void binder_env_lru_del(struct binder_slot *slot);
void binder_env_lru_isolate(struct binder_walk *walk, struct binder_slot *slot);
void binder_env_area_get(struct binder_area *area);
void binder_env_area_put(struct binder_area *area);
void binder_env_count(struct binder_area *area,
		      enum vmalock_binder_event event);

/* The core, for the boundary; each is documented at its template. */
enum binder_result binder_map(struct binder_area *area, unsigned long start,
			      unsigned long bytes, unsigned long first_page,
			      bool writable);
void binder_unmapped(struct binder_area *area);
enum binder_result binder_send(struct binder_area *area, vmalock_u64 data,
			       vmalock_u32 size, void *request);
enum binder_result binder_free(struct binder_area *area, vmalock_u32 offset);
enum binder_result binder_switch(struct binder_area *area, vmalock_u32 way);
void binder_gauges(struct binder_area *area,
		   struct vmalock_binder_stats *stats);
bool binder_reclaim(struct binder_slot *slot, struct binder_walk *walk);
void binder_destroy(struct binder_area *area);

#ifdef __cplusplus
}
#endif

#endif /* VMALOCK_CALLERS_BINDER_ENVIRONMENT_H */
