// SPDX-License-Identifier: GPL-2.0-only
/*
 * Users of VMA locks in which nothing is to be found.
 */
#include "kernel.h"

struct walk {
	struct vm_area_struct *vma;
	bool mmap_locked;
};

static void release(struct vm_area_struct *vma)
{
	vma_end_read(vma);
}

static void ends(struct vm_area_struct *vma)
{
	release(vma);
}

static void keep(struct walk *walk, struct vm_area_struct *vma)
{
	walk->vma = vma;
}

/* The way of a page fault in 6.4: what comes behind needs mmap_lock. */
int fault(struct mm_struct *mm, unsigned long address, unsigned int flags)
{
	struct vm_area_struct *vma;
	int ret;

	vma = lock_vma_under_rcu(mm, address);
	if (!vma)
		goto lock_mmap;
	ret = handle_mm_fault(vma, address, flags);
	if (!(ret & VM_FAULT_RETRY))
		vma_end_read(vma);
	return ret;
lock_mmap:
	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	if (!vma) {
		mmap_read_unlock(mm);
		return -EFAULT;
	}
	ret = handle_mm_fault(vma, address, flags);
	mmap_read_unlock(mm);
	return ret;
}

/* Code that must not wait, and keeps a VMA lock whichever it tried. */
struct vm_area_struct *tries_twice(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	vma = lock_vma_under_rcu(mm, address);
	if (vma)
		return vma;
	if (!mmap_read_trylock(mm))
		return NULL;
	vma = vma_lookup(mm, address);
	if (vma && !vma_start_read_locked(vma))
		vma = NULL;
	mmap_read_unlock(mm);
	return vma;
}

/* A lock that the caller gets. */
bool for_the_caller(struct walk *walk, struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	vma = lock_vma_under_rcu(mm, address);
	if (!vma)
		goto take_mmap_lock;
	if (vma->vm_end < address + 4096) {
		vma_end_read(vma);
		goto take_mmap_lock;
	}
	walk->vma = vma;
	return true;
take_mmap_lock:
	mmap_read_lock(mm);
	walk->mmap_locked = true;
	return false;
}

int kept_by_another(struct walk *walk, struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = vma_start_read_unlocked(mm, address);

	if (!vma)
		return -EFAULT;
	keep(walk, vma);
	return 0;
}

int released_by_another(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = vma_start_read_unlocked(mm, address);

	if (!vma)
		return -EFAULT;
	ends(vma);
	return 0;
}

int perhaps_released_elsewhere(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = vma_start_read_unlocked(mm, address);

	if (!vma)
		return -EFAULT;
	give_away(vma);
	return 0;
}

int every_path(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret = -EINVAL;

	vma = vma_start_read_unlocked_killable(mm, address);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	if (!vma)
		return -EFAULT;
	if (vma->vm_ops != &driver_vm_ops)
		goto out;
	ret = map(vma, address);
out:
	vma_end_read(vma);
	return ret;
}

int tested_again(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret = 0;

	vma = vma_start_read_unlocked(mm, address);
	if (!vma)
		ret = -EFAULT;
	else if (vma->vm_flags & VM_IO)
		ret = -EINVAL;
	if (vma)
		vma_end_read(vma);
	return ret;
}

int told_by_the_error(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret = 0;

	vma = vma_start_read_unlocked(mm, address);
	if (!vma)
		ret = -EFAULT;
	if (!ret) {
		ret = map(vma, address);
		vma_end_read(vma);
	}
	return ret;
}

int found_before(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret = 0;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (!vma)
		ret = -EFAULT;
	else if (!vma_start_read_locked(vma))
		ret = -EAGAIN;
	mmap_read_unlock(mm);
	if (!ret)
		vma_end_read(vma);
	return ret;
}

void range(struct mm_struct *mm, unsigned long address, unsigned long end)
{
	struct vm_area_struct *vma;
	unsigned long next;

	for (; address < end; address = next) {
		vma = vma_start_read_next(mm, address, end);
		if (!vma)
			break;
		next = vma->vm_end;
		vma_end_read(vma);
	}
}
