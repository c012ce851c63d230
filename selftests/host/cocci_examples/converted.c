// SPDX-License-Identifier: GPL-2.0-only
/*
 * fallbacks.c as it must be converted. What is only reported stays as it is.
 */
#include "kernel.h"

int twice(struct mm_struct *mm, unsigned long address, struct page *page)
{
	struct vm_area_struct *vma;
	int ret = -ESRCH;

	vma = vma_start_read_unlocked(mm, address);
	if (vma) {
		if (is_mapped())
			ret = vm_insert_page(vma, address, page);
		vma_end_read(vma);
	}

	return ret;
}

unsigned long twice_unconditional(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	unsigned long flags = 0;

	vma = vma_start_read_unlocked(mm, address);
	if (vma) {
		flags = vma->vm_flags;
		vma_end_read(vma);
	}
	return flags;
}

int twice_killable(struct mm_struct *mm, unsigned long address, struct page *page)
{
	struct vm_area_struct *vma;
	int ret = -ESRCH;

	vma = vma_start_read_unlocked_killable(mm, address);
	if (IS_ERR(vma))
		return -EINTR;
	if (vma) {
		if (is_mapped())
			ret = vm_insert_page(vma, address, page);
		vma_end_read(vma);
	}
	return ret;
}

int twice_unconditional_killable(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret = -ESRCH;

	vma = vma_start_read_unlocked_killable(mm, address);
	if (IS_ERR(vma))
		return -EINTR;
	if (vma) {
		ret = map(vma, address);
		vma_end_read(vma);
	}
	return ret;
}

static struct vm_area_struct *find_own(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = vma_start_read_unlocked(mm, address);

	if (!vma)
		return NULL;
	if (vma->vm_ops != &driver_vm_ops) {
		vma_end_read(vma);
		return NULL;
	}
	return vma;
}

int calls_it(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret;

	vma = find_own(mm, address);
	if (!vma)
		return -EINVAL;
	ret = map(vma, address);
	vma_end_read(vma);
	return ret;
}

int flagged(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret;

	vma = vma_start_read_unlocked(mm, address);
	if (!vma)
		return -EFAULT;
	ret = map(vma, address);
	vma_end_read(vma);
	return ret;
}

int flagged_killable(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret;

	vma = vma_start_read_unlocked_killable(mm, address);
	if (IS_ERR(vma))
		return -EINTR;
	if (!vma)
		return -EFAULT;
	ret = map(vma, address);
	vma_end_read(vma);
	return ret;
}

/* Only reported: the flag says more than which lock to release. */
bool uses_the_flag(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	bool locked = false;

	vma = lock_vma_under_rcu(mm, address);
	if (!vma) {
		mmap_read_lock(mm);
		vma = vma_lookup(mm, address);
		if (!vma) {
			mmap_read_unlock(mm);
			return false;
		}
		locked = true;
	}
	map(vma, address);
	if (locked)
		mmap_read_unlock(mm);
	else
		vma_end_read(vma);
	return locked;
}

/* Only reported: nothing is returned, so there is no path for the error. */
void returns_nothing(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	bool locked = false;

	vma = lock_vma_under_rcu(mm, address);
	if (!vma) {
		mmap_read_lock(mm);
		vma = vma_lookup(mm, address);
		if (!vma) {
			mmap_read_unlock(mm);
			return;
		}
		locked = true;
	}
	map(vma, address);
	if (locked)
		mmap_read_unlock(mm);
	else
		vma_end_read(vma);
}

/* Only reported: the two ways do different work. */
int differs(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret = -ESRCH;

	vma = lock_vma_under_rcu(mm, address);
	if (vma) {
		if (is_mapped())
			ret = map(vma, address);
		vma_end_read(vma);
		return ret;
	}
	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (vma && is_mapped())
		ret = map(vma, address + 1);
	mmap_read_unlock(mm);
	return ret;
}

/* Only reported: find_vma() may find one that begins behind the address. */
int finds_the_next(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret = -ESRCH;

	vma = lock_vma_under_rcu(mm, address);
	if (vma) {
		ret = map(vma, address);
		vma_end_read(vma);
		return ret;
	}
	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	if (vma)
		ret = map(vma, address);
	mmap_read_unlock(mm);
	return ret;
}

/* Only reported: the helper itself, by hand. */
struct vm_area_struct *whole(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	vma = lock_vma_under_rcu(mm, address);
	if (vma)
		return vma;
	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (vma && !vma_start_read_locked(vma))
		vma = NULL;
	mmap_read_unlock(mm);
	return vma;
}

/* Only reported: a shrinker, which must not wait. */
bool shrinks(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int mm_locked = 0;

	vma = lock_vma_under_rcu(mm, address);
	if (!vma) {
		if (!mmap_read_trylock(mm))
			return false;
		mm_locked = 1;
		vma = vma_lookup(mm, address);
	}
	if (vma)
		zap_vma_range(vma, address, 4096);
	if (mm_locked)
		mmap_read_unlock(mm);
	else
		vma_end_read(vma);
	return true;
}
