/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * environment.h - the line between C and C++. Included on both sides, so it
 * includes no kernel header and knows the kernel's types by name only.
 *
 * The vmalock_env_ functions are one operation each of the environment that
 * core/environment.hh describes. The vmalock_ functions after them are the
 * core's, exported by main.c and documented in vmalock/vma_lock.h.
 */
#ifndef VMALOCK_BOUNDARY_ENVIRONMENT_H
#define VMALOCK_BOUNDARY_ENVIRONMENT_H

#include <vmalock/features.h>
#include "uapi/vmalock_abi.h"

struct mm_struct;
struct vm_area_struct;

#ifdef __cplusplus
extern "C" {
#endif

#ifdef VMALOCK_RWSEM
void vmalock_env_rcu_read_lock(void);
void vmalock_env_rcu_read_unlock(void);
struct vm_area_struct *vmalock_env_mas_walk(struct mm_struct *mm,
					    unsigned long address);
bool vmalock_env_vma_start_read(struct vm_area_struct *vma);
void vmalock_env_vma_end_read(struct vm_area_struct *vma);
bool vmalock_env_vma_is_detached(struct vm_area_struct *vma);
bool vmalock_env_vma_covers(struct vm_area_struct *vma, unsigned long address);
#else
struct vm_area_struct *lock_vma_under_rcu(struct mm_struct *mm,
					  unsigned long address);
#endif
void vmalock_env_mmap_read_lock(struct mm_struct *mm);
bool vmalock_env_mmap_read_lock_killable(struct mm_struct *mm);
void vmalock_env_mmap_read_unlock(struct mm_struct *mm);
struct vm_area_struct *vmalock_env_vma_lookup(struct mm_struct *mm,
					      unsigned long address);
bool vmalock_env_vma_start_read_locked(struct vm_area_struct *vma);
void vmalock_env_count(enum vmalock_outcome outcome);
struct vm_area_struct *vmalock_env_err_ptr_eintr(void);

#ifdef VMALOCK_RWSEM
struct vm_area_struct *vmalock_lock_vma_under_rcu(struct mm_struct *mm,
						  unsigned long address);
#endif
struct vm_area_struct *vmalock_vma_start_read_unlocked(struct mm_struct *mm,
						       unsigned long address);
struct vm_area_struct *
vmalock_vma_start_read_unlocked_killable(struct mm_struct *mm,
					 unsigned long address);

#ifdef __cplusplus
}
#endif

#endif /* VMALOCK_BOUNDARY_ENVIRONMENT_H */
