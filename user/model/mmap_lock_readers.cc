// SPDX-License-Identifier: GPL-2.0-only
#include "model/mmap_lock_readers.hh"

#include <algorithm>

#include "model/judgement.hh"
#include "model/kernel_functions.hh"

namespace vmalock {

namespace {

struct reader {
	std::string_view function; ///< a pattern of is_function()
	mmap_lock_reader is;
};

/** Behind each: what takes it around, or for it. The most telling first. */
constexpr reader readers[] = {
	{"show_smaps_rollup", {"smaps_rollup", true}},  // fs/proc/task_mmu.c, by itself
	{"pagemap_read", {"pagemap", true}},   // the same
	{"pagemap_scan_*", {"pagemap", true}},   // the same, an ioctl
	{"show_numa_map", {"numa_maps", true}},	// the same, from m_start()
	{"show_smap", {"smaps", true}},	// the same
	{"m_start", {"maps", true}},    // the same
	{"m_next", {"maps", true}},    // the same
	{"show_map*", {"maps", true}},    // the same
	{"__access_remote_vm", {"access to its memory", true}}, // mm/memory.c: /proc/PID/mem, environ, cmdline, ptrace
	{"process_vm_rw*", {"process_vm_readv", true}},	// mm/process_vm_access.c: pins pages
	{"do_mincore", {"mincore"}},   // mm/mincore.c, from the system call
	{"mincore_*", {"mincore"}},   // the same, its page table walk
	{"khugepaged*", {"khugepaged", true}},   // mm/khugepaged.c: khugepaged_scan_mm_slot()
	{"ksm_scan_thread", {"ksmd", true}},   // mm/ksm.c: scan_get_next_rmap_item()
	{"task_numa_work", {"NUMA balancing"}},	// kernel/sched/fair.c
	{"kernel_move_pages", {"move_pages", true}},  // mm/migrate.c: do_pages_move(), do_pages_stat()
	{"do_migrate_pages", {"migrate_pages", true}},  // mm/mempolicy.c
	{"unuse_mm", {"swapoff", true}},	 // mm/swapfile.c
	{"__mm_populate", {"mlock or MAP_POPULATE"}}, // mm/gup.c
	{"madvise_*", {"madvise", true}},	  // mm/madvise.c
	{"do_madvise", {"madvise", true}},   // the same
	{"vms_complete_munmap_vmas", {"munmap, downgraded"}}, // mm/vma.c: lets readers in to free pages
	{"do_vmi_align_munmap*", {"munmap, downgraded"}}, // mm/mmap.c, until 6.11
	{"__get_user_pages*", {"get_user_pages", true}}, // mm/gup.c
	{"__gup_longterm_locked", {"get_user_pages", true}}, // the same
	{"pin_user_pages*", {"get_user_pages", true}},  // the same
	{"handle_mm_fault", {"page fault"}},  // mm/memory.c, of a fault that came back or never tried
};

/**
 * Where they sleep without it. Source of the rule: maybe_unlock_mmap_for_io() (mm/internal.h),
 * __folio_lock_or_retry() (mm/filemap.c) and handle_userfault() (fs/userfaultfd.c) release it;
 * process_vm_rw_single_vec() copies pages after it has released it; madvise_willneed(),
 * madvise_remove() and madvise_collapse() release it first.
 */
constexpr std::string_view without_it[] = {
	"filemap_fault", "__folio_lock_or_retry", "handle_userfault", "balance_dirty_pages*",
	"copy_page_to_iter*", "copy_page_from_iter*", "vfs_fadvise", "generic_fadvise", "vfs_fallocate",
	"madvise_collapse", "collapse_file"};

} // namespace

mmap_lock_reader mmap_lock_reader_in(std::span<const std::string> stack)
{
	auto sleeps_without = [](const std::string &frame) { return is_one_of(frame, without_it); };

	if (waits_for_mmap_lock({stack.begin(), stack.end()}) || std::ranges::any_of(stack, sleeps_without))
		return {};
	for (const reader &reader : readers)
		for (const std::string &frame : stack)
			if (is_function(frame, reader.function))
				return reader.is;
	return {};
}

} // namespace vmalock
