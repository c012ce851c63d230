/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * environment.h - the line between C and C++: what a reader needs of the kernel, and what
 * the device needs of a reader. Includes no kernel header.
 */
#ifndef VMALOCK_TORTURE_ENVIRONMENT_H
#define VMALOCK_TORTURE_ENVIRONMENT_H

#include "uapi/vmalock_torture.h"

struct vm_area_struct;
struct vmalock_torture_region;

struct vmalock_torture_seen {
	vmalock_u64 start, end;
	bool writable;
	bool of_this_mm;
};

#ifdef __cplusplus
extern "C" {
#endif

extern const unsigned int vmalock_torture_page_shift;

/* Of the region: environment.c. */
enum vmalock_torture_busted vmalock_torture_env_busted(const struct vmalock_torture_region *region);
vmalock_u64 vmalock_torture_env_start(const struct vmalock_torture_region *region);
vmalock_u32 vmalock_torture_env_pages(const struct vmalock_torture_region *region);
/* A page of the record, in one moment: @state belongs to @generation if that is even. */
void vmalock_torture_env_sight(const struct vmalock_torture_region *region, vmalock_u32 page,
			       struct vmalock_torture_page *sighting);

/*
 * Lock by a call, as vma_start_read_unlocked() and its like: the VMA, or NULL.
 * @interrupted: a fatal signal came.
 */
struct vm_area_struct *
vmalock_torture_env_lock(const struct vmalock_torture_region *region,
			 enum vmalock_torture_call call,
			 vmalock_u64 address, vmalock_u64 end, bool *interrupted);
void vmalock_torture_env_look(const struct vmalock_torture_region *region,
			      struct vm_area_struct *vma,
			      struct vmalock_torture_seen *seen);
vmalock_u64 vmalock_torture_env_start_of(struct vm_area_struct *vma);
void vmalock_torture_env_hold(vmalock_u32 microseconds);
void vmalock_torture_env_end_read(struct vm_area_struct *vma);
vmalock_u64 vmalock_torture_env_now(void);
/* Without per-VMA locks, VMALOCK_TORTURE_BY_HAND fails if a writer waits. */
bool vmalock_torture_env_by_hand_may_fail(void);
/* How many locks the calling task holds, of all kinds; without lockdep 0. */
vmalock_u32 vmalock_torture_env_locks_held(void);
/* Say what is wrong: once for each kind. */
void vmalock_torture_env_report(enum vmalock_torture_fault fault, enum vmalock_torture_call call,
				unsigned long address, unsigned long start, unsigned long end,
				unsigned long number);

/* One call, judged: kernel.cc. @draws is the reader's own, @number of its calls. */
void vmalock_torture_read_once(struct vmalock_torture_region *region, vmalock_u64 *draws,
			       vmalock_u64 number, struct vmalock_torture_counts *counts);

#ifdef __cplusplus
}
#endif

#endif /* VMALOCK_TORTURE_ENVIRONMENT_H */
