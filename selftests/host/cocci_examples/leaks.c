// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paths that return with a VMA locked. A line that must be reported ends in "found".
 */
#include "kernel.h"

static bool is_own(struct vm_area_struct *vma)
{
	return vma->vm_ops == &driver_vm_ops;
}

static bool is_usable(struct vm_area_struct *vma)
{
	return is_own(vma) && !(vma->vm_flags & VM_IO);
}

int early_return(struct mm_struct *mm, unsigned long address, struct page *page)
{
	struct vm_area_struct *vma = vma_start_read_unlocked(mm, address);
	int ret;

	if (!vma)
		return -EFAULT;
	if (!is_usable(vma))
		return -EINVAL; /* found */
	if (address & 1)
		return -EINVAL; /* found */
	ret = vm_insert_page(vma, address, page);
	vma_end_read(vma);
	return ret;
}

int wrong_label(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret = -EINVAL;

	vma = vma_start_read_unlocked_killable(mm, address);
	if (IS_ERR_OR_NULL(vma))
		return -EFAULT;
	if (!is_own(vma))
		goto out;
	ret = 0;
	vma_end_read(vma);
out:
	return ret; /* found */
}

int another_label(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret = -EFAULT;

	vma = vma_start_read_unlocked(mm, address);
	if (!vma)
		goto out;
	ret = -EINVAL;
	if (vma->vm_flags & VM_IO)
		goto out;
	ret = 0;
	vma_end_read(vma);
out:
	return ret; /* found */
}

int branch(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	vma = lock_vma_under_rcu(mm, address);
	if (vma) {
		if (vma->vm_flags & VM_IO)
			return -EINVAL; /* found */
		vma_end_read(vma);
	}
	return 0;
}

int condition(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	vma = vma_start_read_unlocked(mm, address);
	if (!vma || vma->vm_ops != &driver_vm_ops)
		return -EINVAL; /* found */
	vma_end_read(vma);
	return 0;
}

void at_the_end(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	vma = vma_start_read_unlocked(mm, address);
	if (unlikely(!vma))
		return;
	if (is_own(vma))
		vma_end_read(vma);
} /* found */

void loop(struct mm_struct *mm, unsigned long address, unsigned long end)
{
	struct vm_area_struct *vma;

	for (;;) {
		vma = vma_start_read_next(mm, address, end);
		if (!vma)
			break;
		address = vma->vm_end;
		if (!is_own(vma))
			continue;
		vma_end_read(vma);
	}
} /* found */

int found_before(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (!vma) {
		mmap_read_unlock(mm);
		return -EFAULT;
	}
	if (!vma_start_read_locked(vma)) {
		mmap_read_unlock(mm);
		return -EAGAIN;
	}
	mmap_read_unlock(mm);
	if (!is_own(vma))
		return -EINVAL; /* found */
	vma_end_read(vma);
	return 0;
}

int found_before_and_tested(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	int ret = -EAGAIN;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (vma && !vma_start_read_locked(vma))
		vma = NULL;
	mmap_read_unlock(mm);
	if (!vma)
		return ret;
	if (!is_own(vma))
		return -EINVAL; /* found */
	vma_end_read(vma);
	return 0;
}
