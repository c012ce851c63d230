/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * busted.h - the line between C and C++ for calls that have a fault: the operations that
 * core/environment.hh and core/refcount_trylock.hh describe, one by one, for busted.hh to
 * break some. What they leave behind, vmalock_torture_rescue() undoes.
 */
#ifndef VMALOCK_TORTURE_BUSTED_H
#define VMALOCK_TORTURE_BUSTED_H

#include <vmalock/features.h>
#include "uapi/vmalock_torture.h"

struct mm_struct;
struct vm_area_struct;
struct vmalock_torture_region;

#ifdef __cplusplus
extern "C" {
#endif

struct mm_struct *vmalock_torture_env_mm(const struct vmalock_torture_region *region);
struct vm_area_struct *
vmalock_torture_env_trylock(struct mm_struct *mm, unsigned long address);
void vmalock_torture_env_mmap_read_lock(struct mm_struct *mm);
bool vmalock_torture_env_mmap_read_lock_killable(struct mm_struct *mm);
bool vmalock_torture_env_mmap_read_trylock(struct mm_struct *mm);
void vmalock_torture_env_mmap_read_unlock(struct mm_struct *mm);
struct vm_area_struct *
vmalock_torture_env_vma_lookup(struct mm_struct *mm, unsigned long address);
struct vm_area_struct *
vmalock_torture_env_find_vma(struct mm_struct *mm, unsigned long address);
struct vm_area_struct *
vmalock_torture_env_find_vma_intersection(struct mm_struct *mm,
					  unsigned long address, unsigned long end);
bool vmalock_torture_env_vma_start_read_locked(struct vm_area_struct *vma);
unsigned long vmalock_torture_env_next_mapped(struct mm_struct *mm,
					      unsigned long address, unsigned long end);
bool vmalock_torture_env_speculate(struct mm_struct *mm);
/* For somebody to be in between. */
void vmalock_torture_env_delay(vmalock_u32 microseconds);
bool vmalock_torture_env_stopping(struct vmalock_torture_region *region);
void vmalock_torture_env_resched(void);
/* False if there is no room to remember it: then it is not to be forgotten. */
bool vmalock_torture_env_forget_vma(struct vmalock_torture_region *region,
				    struct vm_area_struct *vma);
bool vmalock_torture_env_forget_mmap_lock(struct vmalock_torture_region *region);

/* The trylock by its parts, which count nothing. */
void vmalock_torture_env_rcu_read_lock(void);
void vmalock_torture_env_rcu_read_unlock(void);
void vmalock_torture_env_raw_end_read(struct vm_area_struct *vma);
#if defined(VMALOCK_RWSEM) || defined(VMALOCK_REFCOUNT)
struct vm_area_struct *
vmalock_torture_env_mas_walk(struct mm_struct *mm, unsigned long address);
bool vmalock_torture_env_vma_covers(struct vm_area_struct *vma, unsigned long address);
bool vmalock_torture_env_is_write_locked(struct mm_struct *mm, struct vm_area_struct *vma);
#endif
#if defined(VMALOCK_RWSEM)
bool vmalock_torture_env_take(struct vm_area_struct *vma);
bool vmalock_torture_env_is_detached(struct vm_area_struct *vma);
#elif defined(VMALOCK_REFCOUNT)
bool vmalock_torture_env_take_reference(struct vm_area_struct *vma, int *before);
bool vmalock_torture_env_belongs_to(struct vm_area_struct *vma, struct mm_struct *mm);
struct mm_struct *vmalock_torture_env_grab_mm_of(struct vm_area_struct *vma);
void vmalock_torture_env_drop_mm(struct mm_struct *mm);
#endif

#ifdef __cplusplus
}
#endif

#endif /* VMALOCK_TORTURE_BUSTED_H */
