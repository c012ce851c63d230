// SPDX-License-Identifier: GPL-2.0-only
/*
 * environment.c - the kernel's side of core.hh, one line each.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include <vmalock/vma_lock.h>
#include "callers/tcp/file.h"

const unsigned long vmalock_tcp_page_size = PAGE_SIZE;
const struct vm_operations_struct vmalock_tcp_vm_ops = {};
atomic_long_t vmalock_tcp_live_pages = ATOMIC_LONG_INIT(0);

bool vmalock_tcp_env_killed(void)
{
	return fatal_signal_pending(current);
}

bool vmalock_tcp_env_fail_now(struct vmalock_tcp_file *file)
{
	return fail_nth_now(&file->fail);
}

/* Charged to whoever feeds: the queue is bounded, the files are not. */
struct page *vmalock_tcp_env_alloc_page(void)
{
	struct page *page = alloc_page(GFP_KERNEL_ACCOUNT);

	if (page)
		atomic_long_inc(&vmalock_tcp_live_pages);
	return page;
}

void vmalock_tcp_env_free_page(struct page *page)
{
	atomic_long_dec(&vmalock_tcp_live_pages);
	put_page(page);
}

unsigned long vmalock_tcp_env_copy_in(struct page *page, unsigned long from,
				      unsigned long bytes)
{
	return bytes - copy_from_user(page_address(page),
				      (void __user *)from, bytes);
}

unsigned long vmalock_tcp_env_copy_out(unsigned long to, struct page *page,
				       unsigned long offset,
				       unsigned long bytes)
{
	return bytes - copy_to_user((void __user *)to,
				    page_address(page) + offset, bytes);
}

struct vm_area_struct *
vmalock_tcp_env_vma_start_read_unlocked(unsigned long address)
{
	return vma_start_read_unlocked(current->mm, address);
}

struct vm_area_struct *
vmalock_tcp_env_lock_vma_under_rcu(unsigned long address)
{
	return lock_vma_under_rcu(current->mm, address);
}

void vmalock_tcp_env_vma_end_read(struct vm_area_struct *vma)
{
	vma_end_read(vma);
}

void vmalock_tcp_env_mmap_read_lock(void)
{
	mmap_read_lock(current->mm);
}

void vmalock_tcp_env_mmap_read_unlock(void)
{
	mmap_read_unlock(current->mm);
}

struct vm_area_struct *vmalock_tcp_env_vma_lookup(unsigned long address)
{
	return vma_lookup(current->mm, address);
}

bool vmalock_tcp_env_vma_is_of(struct vm_area_struct *vma,
			       struct vmalock_tcp_file *file)
{
	return vma->vm_ops == &vmalock_tcp_vm_ops &&
	       vma->vm_private_data == file;
}

unsigned long vmalock_tcp_env_vma_end(struct vm_area_struct *vma)
{
	return vma->vm_end;
}

/* The two differ in name alone: what was optional became the rule. */
void vmalock_tcp_env_zap(struct vm_area_struct *vma, unsigned long address,
			 unsigned long bytes)
{
#if VMALOCK_HAVE_ZAP_VMA_RANGE && VMALOCK_EXPORT_ZAP_VMA_RANGE
	zap_vma_range(vma, address, bytes);
#else
	zap_page_range_single(vma, address, bytes, NULL);
#endif
}

enum vmalock_tcp_status
vmalock_tcp_env_insert_pages(struct vm_area_struct *vma, unsigned long address,
			     struct page **pages, unsigned long *left)
{
	int error = vm_insert_pages(vma, address, pages, left);

	if (error == -ENOMEM)
		return VMALOCK_TCP_NO_MEMORY;
	if (error == -EBUSY)
		return VMALOCK_TCP_BUSY;
	return error ? VMALOCK_TCP_PARTIAL : VMALOCK_TCP_DONE;
}
