/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of the kernel as the examples need to be compiled. */
#ifndef COCCI_EXAMPLES_KERNEL_H
#define COCCI_EXAMPLES_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

struct mm_struct;
struct page;
struct vm_operations_struct {
	int unused;
};

struct vm_area_struct {
	unsigned long vm_start, vm_end, vm_flags;
	const struct vm_operations_struct *vm_ops;
	struct mm_struct *vm_mm;
};

struct vma_iterator {
	struct mm_struct *mm;
	unsigned long address;
};

#define VMA_ITERATOR(name, mm, address) struct vma_iterator name = {mm, address}
#define for_each_vma_range(vmi, vma, end) while (((vma) = vma_next(&(vmi), end)))
#define VM_IO 1
#define VM_FAULT_RETRY 2
#define unlikely(x) __builtin_expect(!!(x), 0)
#define IS_ERR(x) ((unsigned long)(x) >= -4095UL)
#define IS_ERR_OR_NULL(x) (!(x) || IS_ERR(x))
#define PTR_ERR(x) ((long)(x))

struct vm_area_struct *lock_vma_under_rcu(struct mm_struct *mm, unsigned long address);
struct vm_area_struct *vma_start_read_unlocked(struct mm_struct *mm, unsigned long address);
struct vm_area_struct *vma_start_read_unlocked_killable(struct mm_struct *mm,
							unsigned long address);
struct vm_area_struct *vma_start_read_next(struct mm_struct *mm, unsigned long address,
					   unsigned long end);
bool vma_start_read_locked(struct vm_area_struct *vma);
void vma_end_read(struct vm_area_struct *vma);
void mmap_read_lock(struct mm_struct *mm);
int mmap_read_lock_killable(struct mm_struct *mm);
bool mmap_read_trylock(struct mm_struct *mm);
void mmap_read_unlock(struct mm_struct *mm);
struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long address);
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long address);
struct vm_area_struct *vma_next(struct vma_iterator *vmi, unsigned long end);
int vm_insert_page(struct vm_area_struct *vma, unsigned long address, struct page *page);
void zap_vma_range(struct vm_area_struct *vma, unsigned long address, unsigned long size);
int handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags);

/* Of the driver. */
extern const struct vm_operations_struct driver_vm_ops;
bool is_mapped(void);
int map(struct vm_area_struct *vma, unsigned long address);
void give_away(struct vm_area_struct *vma);

#endif
