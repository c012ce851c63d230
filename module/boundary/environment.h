/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * environment.h - the line between C and C++. Included on both sides, so it
 * includes no kernel header and knows the kernel's types by name only.
 *
 * The vmalock_env_ functions are one operation each of the environments that
 * core/environment.hh and core/assertions.hh describe. The vmalock_core_ ones
 * are what the boundary asks of the core. The exported functions stand in
 * exports.h.
 */
#ifndef VMALOCK_BOUNDARY_ENVIRONMENT_H
#define VMALOCK_BOUNDARY_ENVIRONMENT_H

#include <vmalock/features.h>
#include <vmalock/verdict.h>
#include "boundary/account.h"
#include "boundary/owner.h"
#include "uapi/helper.h"

struct mm_struct;
struct module;
struct vm_area_struct;

#ifdef __cplusplus
extern "C" {
#endif

/* Locks: boundary/environment.c. */
#if defined(VMALOCK_RWSEM) || defined(VMALOCK_REBUILT)
void vmalock_env_rcu_read_lock(void);
void vmalock_env_rcu_read_unlock(void);
struct vm_area_struct *vmalock_env_mas_walk(struct mm_struct *mm,
					    unsigned long address);
bool vmalock_env_vma_covers(struct vm_area_struct *vma, unsigned long address);
#endif
#if defined(VMALOCK_RWSEM)
bool vmalock_env_vma_start_read(struct vm_area_struct *vma);
bool vmalock_env_vma_is_detached(struct vm_area_struct *vma);
#elif defined(VMALOCK_REBUILT)
bool vmalock_env_vma_is_write_locked(struct mm_struct *mm,
				     struct vm_area_struct *vma);
/* Was a reference taken? @before is the count before that, of any sign. */
bool vmalock_env_take_reference(struct vm_area_struct *vma, int *before);
struct mm_struct *vmalock_env_mm_of(struct vm_area_struct *vma);
struct mm_struct *vmalock_env_grab_mm_of(struct vm_area_struct *vma);
void vmalock_env_drop_mm(struct mm_struct *mm);
#else
struct vm_area_struct *vmalock_env_lock_vma_under_rcu(struct mm_struct *mm,
						      unsigned long address);
#endif
void vmalock_env_vma_end_read(struct vm_area_struct *vma);
void vmalock_env_mmap_read_lock(struct mm_struct *mm);
bool vmalock_env_mmap_read_lock_killable(struct mm_struct *mm);
bool vmalock_env_mmap_read_trylock(struct mm_struct *mm);
void vmalock_env_mmap_read_unlock(struct mm_struct *mm);
struct mm_struct *vmalock_env_mm(struct vm_area_struct *vma);
unsigned long vmalock_env_start(struct vm_area_struct *vma);
struct vm_area_struct *vmalock_env_vma_lookup(struct mm_struct *mm,
					      unsigned long address);
bool vmalock_env_vma_start_read_locked(struct vm_area_struct *vma);
unsigned long vmalock_env_next_mapped(struct mm_struct *mm, unsigned long address,
				      unsigned long end);
bool vmalock_env_mmap_lock_speculate_try_begin(struct mm_struct *mm,
					       unsigned int *sequence);
bool vmalock_env_mmap_lock_speculate_retry(struct mm_struct *mm,
					   unsigned int sequence);
struct vm_area_struct *
vmalock_env_find_vma_intersection(struct mm_struct *mm, unsigned long address,
				  unsigned long end);
struct vm_area_struct *vmalock_env_err_ptr_eintr(void);

/* Who calls: boundary/environment.c. */
vmalock_u64 vmalock_env_now(void);
const char *vmalock_env_module_name(const struct module *module);
const void *vmalock_env_current(void);
void vmalock_env_describe(struct vm_area_struct *vma, struct vmalock_owner *owner);

/* What is known about a lock: boundary/assertions.c. */
enum vmalock_verdict vmalock_env_lockdep_holds_vma(struct vm_area_struct *vma);
enum vmalock_verdict vmalock_env_lockdep_holds_mmap(struct vm_area_struct *vma);
bool vmalock_env_writes_mmap(struct vm_area_struct *vma);
bool vmalock_env_mmap_is_locked(struct vm_area_struct *vma);
bool vmalock_env_is_write_locked(struct vm_area_struct *vma);
long vmalock_env_readers(struct vm_area_struct *vma);
bool vmalock_env_is_attached(struct vm_area_struct *vma);

/* What is counted and traced: boundary/stats.c. */
void vmalock_env_waiting(unsigned int caller, struct mm_struct *mm,
			 unsigned long address);
void vmalock_env_count_wait(unsigned int caller, unsigned int bucket);
void vmalock_env_finished(unsigned int caller, struct mm_struct *mm,
			  unsigned long address, enum vmalock_outcome outcome,
			  vmalock_u64 waited_ns);
void vmalock_env_released(unsigned int caller, struct vm_area_struct *vma);

/* The core's books: core/kernel.cc. */
const char *vmalock_core_caller_name(unsigned int caller);
unsigned int vmalock_core_find_caller(const struct module *module);
void vmalock_core_forget_caller(const struct module *module);
/* What a count means of a module that goes; @locks is how many it is about. */
enum vmalock_account vmalock_core_settle(unsigned int caller, long long held,
					 long long deficit, long long *locks);
unsigned long vmalock_core_owners_size(void);
void vmalock_core_track_owners(void *memory);
bool vmalock_core_owner(unsigned int index, struct vmalock_owner *owner);
vmalock_u64 vmalock_core_untracked(void);

#ifdef __cplusplus
}
#endif

#endif /* VMALOCK_BOUNDARY_ENVIRONMENT_H */
