// SPDX-License-Identifier: GPL-2.0-only
/*
 * environment.c - the kernel's side of environment.hh, one line each, and at
 * each allocation and lookup the question whether a test wants it to fail.
 * What has to do with the LRU is in shrinker.c.
 */
#include <linux/highmem.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <vmalock/vma_lock.h>
#include "callers/binder/file.h"

void binder_env_mutex_lock(struct binder_area *area)
{
	mutex_lock(&file_of(area)->mutex);
}

bool binder_env_mutex_trylock(struct binder_area *area)
{
	return mutex_trylock(&file_of(area)->mutex);
}

void binder_env_mutex_unlock(struct binder_area *area)
{
	mutex_unlock(&file_of(area)->mutex);
}

vmalock_u32 binder_env_state(struct binder_area *area)
{
	/* Pairs with cmpxchg() below: MAPPED comes after what mmap() set up. */
	return smp_load_acquire(&area->state);
}

bool binder_env_change_state(struct binder_area *area, vmalock_u32 from,
			     vmalock_u32 to)
{
	return cmpxchg(&area->state, from, to) == from;
}

void *binder_env_array_alloc(struct binder_area *area, vmalock_u32 count,
			     vmalock_u32 size)
{
	if (fails_now(area))
		return NULL;
	return kvcalloc(count, size, GFP_KERNEL);
}

void binder_env_array_free(void *array)
{
	kvfree(array);
}

struct page *binder_env_page_alloc(struct binder_area *area)
{
	if (fails_now(area))
		return NULL;
	return alloc_page(GFP_KERNEL | __GFP_HIGHMEM | __GFP_ZERO);
}

void binder_env_page_free(struct page *page)
{
	put_page(page);
}

bool binder_env_copy_from_sender(struct binder_area *area, struct page *page,
				 vmalock_u32 offset, vmalock_u64 data,
				 vmalock_u32 bytes)
{
	unsigned long left;
	void *to;

	if (fails_now(area) || data != (uintptr_t)data)
		return false;
	to = kmap_local_page(page);
	left = copy_from_user(to + offset, (void __user *)(uintptr_t)data,
			      bytes);
	kunmap_local(to);
	return left == 0;
}

bool binder_env_tell_sender(void *request, vmalock_u32 offset)
{
	struct vmalock_binder_send __user *send =
		(struct vmalock_binder_send __force __user *)request;

	return put_user(offset, &send->offset) == 0;
}

void binder_env_mmgrab_current(struct binder_area *area)
{
	mmgrab(current->mm);
	file_of(area)->mm = current->mm;
}

bool binder_env_mmget_not_zero(struct binder_area *area)
{
	return !fails_now(area) && mmget_not_zero(file_of(area)->mm);
}

void binder_env_mmput_async(struct binder_area *area)
{
	mmput_async(file_of(area)->mm);
}

struct vm_area_struct *
binder_env_vma_start_read_unlocked(struct binder_area *area,
				   unsigned long address)
{
	if (fails_now(area))
		return NULL;
	return vma_start_read_unlocked(file_of(area)->mm, address);
}

struct vm_area_struct *binder_env_lock_vma_under_rcu(struct binder_area *area,
						     unsigned long address)
{
	if (fails_now(area))
		return NULL;
	return lock_vma_under_rcu(file_of(area)->mm, address);
}

void binder_env_vma_end_read(struct vm_area_struct *vma)
{
	vma_end_read(vma);
}

void binder_env_mmap_read_lock(struct binder_area *area)
{
	mmap_read_lock(file_of(area)->mm);
}

bool binder_env_mmap_read_trylock(struct binder_area *area)
{
	return mmap_read_trylock(file_of(area)->mm);
}

void binder_env_mmap_read_unlock(struct binder_area *area)
{
	mmap_read_unlock(file_of(area)->mm);
}

struct vm_area_struct *binder_env_vma_lookup(struct binder_area *area,
					     unsigned long address)
{
	if (fails_now(area))
		return NULL;
	return vma_lookup(file_of(area)->mm, address);
}

/*
 * The start tells it from a copy: of a mapping that mremap() moves there are
 * two for a while, and MADV_DOFORK can let a child have one.
 */
bool binder_env_vma_is_of(struct vm_area_struct *vma, struct binder_area *area)
{
	return vma->vm_ops == &binder_vm_ops && vma->vm_private_data == area &&
	       vma->vm_mm == file_of(area)->mm && vma->vm_start == area->start;
}

enum binder_result binder_env_vm_insert_page(struct binder_area *area,
					     struct vm_area_struct *vma,
					     unsigned long address,
					     struct page *page)
{
	int error = fails_now(area) ? -ENOMEM : vm_insert_page(vma, address, page);

	if (error == -EBUSY)
		return BINDER_PAGE_THERE;
	return error ? BINDER_NO_MEMORY : BINDER_OK;
}

struct page *binder_env_get_user_page(struct binder_area *area,
				      unsigned long address)
{
	struct page *page;

	if (fails_now(area) ||
	    get_user_pages_remote(file_of(area)->mm, address, 1, FOLL_NOFAULT,
				  &page, NULL) != 1)
		return NULL;
	return page;
}

struct page *binder_env_page_of(struct binder_slot *slot)
{
	/* Pairs with cmpxchg_release() below: the page's bytes come first. */
	return smp_load_acquire(&slot->page);
}

bool binder_env_publish(struct binder_slot *slot, struct page *page)
{
	return !cmpxchg_release(&slot->page, NULL, page);
}

void binder_env_zap_page(struct vm_area_struct *vma, unsigned long address)
{
#if VMALOCK_HAVE_ZAP_VMA_RANGE && VMALOCK_EXPORT_ZAP_VMA_RANGE
	zap_vma_range(vma, address, PAGE_SIZE);
#else
	zap_page_range_single(vma, address, PAGE_SIZE, NULL);
#endif
}

void binder_env_area_get(struct binder_area *area)
{
	kref_get(&file_of(area)->ref);
}

static void free_file(struct kref *ref)
{
	struct binder_file *file = container_of(ref, struct binder_file, ref);

	if (file->mm)
		mmdrop(file->mm);
	kfree(file);
}

void binder_env_area_put(struct binder_area *area)
{
	kref_put(&file_of(area)->ref, free_file);
}

void binder_env_count(struct binder_area *area, enum vmalock_binder_event event)
{
	atomic64_inc(&file_of(area)->events[event]);
}
