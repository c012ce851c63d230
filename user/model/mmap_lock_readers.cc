// SPDX-License-Identifier: GPL-2.0-only
#include "model/mmap_lock_readers.hh"

#include <algorithm>

#include "model/judgement.hh"
#include "model/kernel_functions.hh"

namespace vmalock {

namespace {

using enum whose_memory;

struct reader {
	std::string_view function; ///< a pattern of is_function()
	mmap_lock_reader is;
};

/**
 * Behind each: what takes it around, or for it. The most telling first. Who has released it
 * in between is not listed: move_pages() and migrate_pages() do for what takes time,
 * khugepaged and ksmd for all but their scans.
 */
constexpr reader readers[] = {
	{"show_smaps_rollup", {"smaps_rollup", another}},  // fs/proc/task_mmu.c, by itself
	{"pagemap_pmd_range", {"pagemap", another}},   // the same, in pagemap_read()'s walk
	{"pagemap_hugetlb_range", {"pagemap", another}},	 // the same
	{"pagemap_pte_hole", {"pagemap", another}},   // the same
	{"pagemap_scan_pmd*", {"pagemap", another}},   // the same, an ioctl
	{"show_numa_map", {"numa_maps", another, true}},	 // the same, from m_start()
	{"show_smap", {"smaps", another, true}},	 // the same
	{"m_start", {"maps", another, true}},    // the same
	{"m_next", {"maps", another, true}},    // the same
	{"show_map*", {"maps", another, true}},	// the same
	{"__access_remote_vm", {"access to its memory", another}}, // mm/memory.c: mem, environ, cmdline, ptrace
	{"process_vm_rw*", {"process_vm_readv", another}},  // mm/process_vm_access.c: pins pages
	{"do_mincore", {"mincore"}},     // mm/mincore.c, from the system call
	{"mincore_*", {"mincore"}},	    // the same, its page table walk
	{"hpage_collapse_scan_*", {"khugepaged", any}},	// mm/khugepaged.c
	{"scan_get_next_rmap_item", {"ksmd", any}},   // mm/ksm.c
	{"task_numa_work", {"NUMA balancing"}},	// kernel/sched/fair.c
	{"unuse_mm", {"swapoff", any}},	// mm/swapfile.c
	{"__mm_populate", {"mlock or MAP_POPULATE"}},   // mm/gup.c
	{"madvise_cold*", {"madvise", any}},    // mm/madvise.c
	{"madvise_pageout*", {"madvise", any}},	// the same
	{"madvise_*", {"madvise", any, true}},    // the same
	{"do_madvise", {"madvise", any, true}},	// the same
	{"vms_complete_munmap_vmas", {"munmap, downgraded"}},  // mm/vma.c: lets readers in to free pages
	{"do_vmi_align_munmap*", {"munmap, downgraded"}},  // mm/mmap.c, until 6.11
	{"__get_user_pages*", {"get_user_pages", any}},	// mm/gup.c
	{"__gup_longterm_locked", {"get_user_pages", any}},  // the same
	{"handle_mm_fault", {"page fault"}},    // mm/memory.c: it came back, or never tried
};

/**
 * Where they sleep without it. Source of the rule: maybe_unlock_mmap_for_io() (mm/internal.h,
 * also by shmem_falloc_wait()), __folio_lock_or_retry() (mm/filemap.c), handle_userfault()
 * (fs/userfaultfd.c) and ttm_bo_vm_reserve() release it; so does __get_user_pages_locked()
 * before pages are migrated, and process_vm_rw_single_vec() before they are copied and
 * unpinned; madvise_willneed(), madvise_remove(), madvise_collapse() and
 * madvise_inject_error() release it or never took it.
 */
constexpr std::string_view without_it[] = {
	"filemap_fault", "shmem_falloc_wait", "__folio_lock_or_retry", "handle_userfault",
	"balance_dirty_pages*", "ttm_bo_vm_*", "[ttm]", "copy_page_to_iter*", "copy_page_from_iter*",
	"migrate_pages*", "lru_cache_disable", "__lru_add_drain_all", "lru_add_drain_all",
	"check_and_migrate_movable_*", "migrate_longterm_unpinnable_*", "unpin_user_page*",
	"alloc_charge_folio", "cmp_and_merge_page", "vfs_fadvise", "generic_fadvise", "vfs_fallocate",
	"madvise_collapse", "collapse_file", "madvise_inject_error", "soft_offline_*"};

constexpr std::string_view rwsem_waits[] = {"rwsem_*", "down_read*", "down_write*", "__down_read*",
					    "__down_write*"};

/** Nobody may touch user memory under mmap_lock, so what is around a fault on it has none. */
std::span<const std::string> up_to_user_fault(std::span<const std::string> stack)
{
	auto fault = std::ranges::find_if(stack, handles_user_faults);

	return stack.first(static_cast<std::size_t>(fault - stack.begin()));
}

/** Does it wait for a rw_semaphore in a function that takes mmap_lock to read? */
bool waits_to_read(std::span<const std::string> stack)
{
	const std::span<const std::string> rest = without_plumbing(stack);
	auto is_wait = [](const std::string &frame) { return is_one_of(frame, rwsem_waits); };

	if (rest.empty() || std::ranges::none_of(stack.first(stack.size() - rest.size()), is_wait))
		return false;
	return std::ranges::any_of(readers, [&](const reader &reader) {
		return is_function(rest.front(), reader.function);
	});
}

} // namespace

mmap_lock_reader mmap_lock_reader_in(std::span<const std::string> whole)
{
	const std::span<const std::string> stack = up_to_user_fault(whole);
	auto sleeps_without = [](const std::string &frame) { return is_one_of(frame, without_it); };

	// Where the compiler made shmem_falloc_wait() a part of shmem_fault().
	if (waits_for_mmap_lock({whole.begin(), whole.end()}) || waits_to_read(stack) ||
	    std::ranges::any_of(stack, sleeps_without) || place_in(stack).starts_with("shmem_fault"))
		return {};
	for (const reader &reader : readers)
		for (const std::string &frame : stack)
			if (is_function(frame, reader.function))
				return reader.is;
	return {};
}

} // namespace vmalock
