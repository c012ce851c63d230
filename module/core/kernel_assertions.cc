// SPDX-License-Identifier: GPL-2.0-only
/** @file The assertions bound to the kernel. */
#include "boundary/environment.h"
#include "boundary/exports.h"
#include "core/assertions.hh"
#include "core/kernel.hh"

namespace {

using namespace vmalock;

struct asserting {
	using vma = vm_area_struct;

	vmalock_verdict lockdep_holds_vma(vma *vma) { return vmalock_env_lockdep_holds_vma(vma); }
	vmalock_verdict lockdep_holds_mmap(vma *vma) { return vmalock_env_lockdep_holds_mmap(vma); }
	bool writes_mmap(vma *vma) { return vmalock_env_writes_mmap(vma); }
	bool mmap_is_locked(vma *vma) { return vmalock_env_mmap_is_locked(vma); }
	bool is_write_locked(vma *vma) { return vmalock_env_is_write_locked(vma); }
	long readers(vma *vma) { return vmalock_env_readers(vma); }
	bool tracks() { return all_owners; }
	bool tracked(vma *vma) { return all_owners && all_owners->holds(vmalock_env_current(), vma); }
	long tracked_of_others(vma *vma)
	{
		return all_owners->held_by_others(vmalock_env_current(), vma);
	}
	unsigned long changes() { return all_owners ? all_owners->changes() : 0; }
};

} // namespace

vmalock_verdict vmalock_vma_locked(vm_area_struct *vma)
{
	asserting env;

	return locked(env, vma);
}

vmalock_verdict vmalock_vma_write_locked(vm_area_struct *vma)
{
	asserting env;

	return write_locked(env, vma);
}

vmalock_verdict vmalock_vma_stabilised(vm_area_struct *vma)
{
	asserting env;

	return stabilised(env, vma);
}

vmalock_verdict vmalock_vma_attached(vm_area_struct *vma)
{
	return vmalock_env_is_attached(vma) ? VMALOCK_YES : VMALOCK_NO;
}
