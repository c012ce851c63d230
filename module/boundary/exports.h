/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exports.h - what the core defines and main.c exports, for the public header
 * to give its names to. Documented there.
 */
#ifndef VMALOCK_BOUNDARY_EXPORTS_H
#define VMALOCK_BOUNDARY_EXPORTS_H

#include <vmalock/features.h>
#include <vmalock/verdict.h>

struct mm_struct;
struct module;
struct vm_area_struct;

#ifdef __cplusplus
extern "C" {
#endif

#ifndef VMALOCK_STEPS_ASIDE
struct vm_area_struct *
vmalock_lock_vma_under_rcu(struct mm_struct *mm, unsigned long address,
			   const struct module *caller);
struct vm_area_struct *
vmalock_vma_start_read_unlocked(struct mm_struct *mm, unsigned long address,
				const struct module *caller);
bool vmalock_vma_start_read_locked(struct vm_area_struct *vma,
				   const struct module *caller);
void vmalock_vma_end_read(struct vm_area_struct *vma,
			  const struct module *caller);
#endif
#ifndef VMALOCK_KILLABLE_STEPS_ASIDE
struct vm_area_struct *
vmalock_vma_start_read_unlocked_killable(struct mm_struct *mm,
					 unsigned long address,
					 const struct module *caller);
#endif
struct vm_area_struct *
vmalock_vma_start_read_next(struct mm_struct *mm, unsigned long address,
			    unsigned long end, const struct module *caller);
struct vm_area_struct *
vmalock_vma_start_read_next_killable(struct mm_struct *mm, unsigned long address,
				     unsigned long end,
				     const struct module *caller);

enum vmalock_verdict vmalock_vma_locked(struct vm_area_struct *vma);
enum vmalock_verdict vmalock_vma_write_locked(struct vm_area_struct *vma);
enum vmalock_verdict vmalock_vma_stabilised(struct vm_area_struct *vma);
enum vmalock_verdict vmalock_vma_attached(struct vm_area_struct *vma);

#ifdef __cplusplus
}
#endif

#endif /* VMALOCK_BOUNDARY_EXPORTS_H */
