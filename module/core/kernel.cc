// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The lock protocol bound to the kernel, and the books that the boundary
 * prints.
 */
#include "boundary/exports.h"
#include "core/kernel.hh"
#include "core/next_vma.hh"
#include "core/settlement.hh"
#include "core/vma_lock.hh"

namespace vmalock {

constinit callers all_callers{};
constinit owners *all_owners = nullptr;
static constinit settlement settlements{};

} // namespace vmalock

using namespace vmalock;

#ifndef VMALOCK_STEPS_ASIDE
vm_area_struct *vmalock_lock_vma_under_rcu(mm_struct *mm, unsigned long address,
					   const module *caller)
{
	kernel env(caller);

	return try_start_read(env, mm, address);
}

vm_area_struct *vmalock_vma_start_read_unlocked(mm_struct *mm, unsigned long address,
						const module *caller)
{
	kernel env(caller);

	return vma_start_read_unlocked(env, mm, address, wait::uninterruptible).vma;
}

bool vmalock_vma_start_read_locked(vm_area_struct *vma, const module *caller)
{
	kernel env(caller);

	return start_read_locked(env, vmalock_env_mm(vma), vma, vmalock_env_start(vma));
}

void vmalock_vma_end_read(vm_area_struct *vma, const module *caller)
{
	kernel env(caller);

	end_read(env, vma);
}
#endif

#ifndef VMALOCK_KILLABLE_STEPS_ASIDE
vm_area_struct *vmalock_vma_start_read_unlocked_killable(mm_struct *mm, unsigned long address,
							 const module *caller)
{
	kernel env(caller);
	const auto result = vma_start_read_unlocked(env, mm, address, wait::killable);

	if (result.outcome == VMALOCK_OUTCOME_INTERRUPTED)
		return vmalock_env_err_ptr_eintr();
	return result.vma;
}
#endif

/** By the kernel's lock too, where the other calls step aside: it exports no such walk. */
static lock_result<vm_area_struct> start_read_next(mm_struct *mm, unsigned long address, unsigned long end,
						   const module *caller, wait how)
{
	kernel env(caller);

	return vma_start_read_next(env, mm, address, end, how);
}

vm_area_struct *vmalock_vma_start_read_next(mm_struct *mm, unsigned long address, unsigned long end,
					    const module *caller)
{
	return start_read_next(mm, address, end, caller, wait::uninterruptible).vma;
}

vm_area_struct *vmalock_vma_start_read_next_killable(mm_struct *mm, unsigned long address, unsigned long end,
						     const module *caller)
{
	const auto result = start_read_next(mm, address, end, caller, wait::killable);

	if (result.outcome == VMALOCK_OUTCOME_INTERRUPTED)
		return vmalock_env_err_ptr_eintr();
	return result.vma;
}

const char *vmalock_core_caller_name(unsigned int caller)
{
	return all_callers.name(caller);
}

unsigned int vmalock_core_find_caller(const module *module)
{
	return all_callers.find(module);
}

enum vmalock_account vmalock_core_settle(unsigned int caller, long long held, long long deficit,
					 long long *locks)
{
	const auto [kind, open] = settlements.settle(caller, held, deficit);

	*locks = open;
	return kind;
}

void vmalock_core_forget_caller(const module *module)
{
	all_callers.forget(module);
}

unsigned long vmalock_core_owners_size()
{
	return sizeof(owners);
}

/** Called once, before anything is exported; zeroed memory is an empty table. */
void vmalock_core_track_owners(void *memory)
{
	all_owners = static_cast<owners *>(memory);
}

bool vmalock_core_owner(unsigned int index, vmalock_owner *owner)
{
	return all_owners && index < owners::size && all_owners->copy(index, *owner);
}

vmalock_u64 vmalock_core_untracked()
{
	return all_owners ? all_owners->untracked() : 0;
}
