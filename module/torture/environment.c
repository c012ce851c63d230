// SPDX-License-Identifier: GPL-2.0-only
/* environment.c - the kernel's side of environment.h. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/module.h>
#include <linux/sched.h>

#include <vmalock/vma_lock.h>
#include "torture/region.h"

const unsigned int vmalock_torture_page_shift = PAGE_SHIFT;

vmalock_u64 vmalock_torture_env_start(const struct vmalock_torture_region *region)
{
	return region->start;
}

enum vmalock_torture_busted vmalock_torture_env_busted(const struct vmalock_torture_region *region)
{
	return region->busted;
}

u32 vmalock_torture_env_pages(const struct vmalock_torture_region *region)
{
	return region->pages;
}

void vmalock_torture_env_sight(const struct vmalock_torture_region *region, u32 page,
			       struct vmalock_torture_page *sighting)
{
	const struct vmalock_torture_page *record = &region->record->pages[page];

	/* Pairs with the release of who makes it even, and orders what comes after. */
	sighting->generation = smp_load_acquire(&record->generation);
	sighting->state = READ_ONCE(record->state);
	sighting->began = READ_ONCE(record->began);
	sighting->ended = READ_ONCE(record->ended);
	/* A change that began meanwhile may have written the state already. */
	smp_rmb();
	if (READ_ONCE(record->generation) != sighting->generation)
		sighting->generation |= 1;
	/* What is read of VMAs afterwards is not older. */
	smp_mb();
}

/* What drivers do without the waiting helper. */
static struct vm_area_struct *lock_by_hand(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, address);

	if (vma)
		return vma;
	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (vma && !vma_start_read_locked(vma))
		vma = NULL;
	mmap_read_unlock(mm);
	return vma;
}

struct vm_area_struct *
vmalock_torture_env_lock(const struct vmalock_torture_region *region,
			 enum vmalock_torture_call call,
			 vmalock_u64 address, vmalock_u64 end, bool *interrupted)
{
	struct mm_struct *mm = region->mm;
	struct vm_area_struct *vma;

	switch (call) {
	case VMALOCK_TORTURE_TRYLOCK:
		return lock_vma_under_rcu(mm, address);
	case VMALOCK_TORTURE_WAIT:
		return vma_start_read_unlocked(mm, address);
	case VMALOCK_TORTURE_NEXT:
		return vma_start_read_next(mm, address, end);
	case VMALOCK_TORTURE_BY_HAND:
		return lock_by_hand(mm, address);
	case VMALOCK_TORTURE_KILLABLE:
		vma = vma_start_read_unlocked_killable(mm, address);
		break;
	default:
		vma = vma_start_read_next_killable(mm, address, end);
		break;
	}
	*interrupted = IS_ERR(vma);
	return *interrupted ? NULL : vma;
}

void vmalock_torture_env_look(const struct vmalock_torture_region *region,
			      struct vm_area_struct *vma,
			      struct vmalock_torture_seen *seen)
{
	seen->start = READ_ONCE(vma->vm_start);
	seen->end = READ_ONCE(vma->vm_end);
	seen->writable = READ_ONCE(vma->vm_flags) & VM_WRITE;
	seen->of_this_mm = READ_ONCE(vma->vm_mm) == region->mm;
}

vmalock_u64 vmalock_torture_env_start_of(struct vm_area_struct *vma)
{
	return vma->vm_start;
}

void vmalock_torture_env_hold(u32 microseconds)
{
	if (microseconds)
		usleep_range(microseconds, microseconds + 50);
}

void vmalock_torture_env_end_read(struct vm_area_struct *vma)
{
	vma_end_read(vma);
}

vmalock_u64 vmalock_torture_env_now(void)
{
	return ktime_get_ns();
}

bool vmalock_torture_env_by_hand_may_fail(void)
{
	return vmalock_holds_mmap_lock();
}

u32 vmalock_torture_env_locks_held(void)
{
#ifdef CONFIG_LOCKDEP
	return current->lockdep_depth;
#else
	return 0;
#endif
}

/* How many were found since the module was loaded, for those whose user has ended. */
static atomic_t faults;
module_param_named(faults, faults.counter, int, 0444);
MODULE_PARM_DESC(faults, "how many faults were found (read only)");

void vmalock_torture_env_report(enum vmalock_torture_fault fault, enum vmalock_torture_call call,
				unsigned long address, unsigned long start, unsigned long end,
				unsigned long number)
{
	static unsigned long reported;

	atomic_inc(&faults);
	if (test_and_set_bit(fault, &reported))
		return;
	pr_alert("vmalock_torture: fault %u of call %u at %#lx: vma %#lx-%#lx, in the reader's call %lu\n",
		 fault, call, address, start, end, number);
}
