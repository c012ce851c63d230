// SPDX-License-Identifier: GPL-2.0-only
#include "model/sleep_places.hh"

#include <algorithm>

#include "model/kernel_functions.hh"

namespace vmalock {

namespace {

struct place {
	std::string_view prefix; ///< of the name of a function, in a module or not
	sleep_place is;
};

constexpr std::string_view limited_cgroup = "Its cgroup is at its limit: raise memory.high or memory.max, or use less.";
constexpr std::string_view slow_disk = "Look at the disk: iostat -x 1, /proc/pressure/io.";
constexpr std::string_view memory_is_short = "Memory is short: look at /proc/pressure/memory.";
constexpr std::string_view fuse_server = "Look at the process that serves the FUSE file system.";
constexpr std::string_view nfs_server = "Look at the NFS server and the way to it.";
constexpr std::string_view uffd_server = "Look at the process that handles the userfaultfd.";

/** The most telling first: reclaim may write, and a journal waits for the disk. */
constexpr place places[] = {
	{"try_to_free_mem_cgroup_pages", {"reclaim of its cgroup", limited_cgroup}}, // mm/vmscan.c, from try_charge_memcg()
	{"mem_cgroup_handle_over_high", {"throttled by its cgroup", limited_cgroup}}, // mm/memcontrol.c, on the way to user space
	{"__mem_cgroup_handle_over_high", {"throttled by its cgroup", limited_cgroup}}, // the same, since 6.13
	{"try_to_free_pages", {"reclaim", memory_is_short}}, // mm/vmscan.c, from __alloc_pages_slowpath()
	{"try_to_compact_pages", {"compaction", memory_is_short}}, // mm/compaction.c, the same
	{"handle_userfault", {"userfaultfd", uffd_server}}, // fs/userfaultfd.c
	{"do_swap_page", {"swap-in", memory_is_short}}, // mm/memory.c
	{"shmem_swapin", {"swap-in", memory_is_short}}, // mm/shmem.c
	{"hugetlb_", {"hugetlb", {}}}, // mm/hugetlb.c
	{"do_huge_pmd", {"huge page", {}}}, // mm/huge_memory.c
	{"migration_entry_wait", {"page migration", {}}}, // mm/migrate.c
	{"softleaf_entry_wait", {"page migration", {}}}, // the same, since 6.19
	{"request_wait_answer", {in_fuse, fuse_server}}, // fs/fuse/dev.c
	{"fuse_", {in_fuse, fuse_server}}, // fs/fuse: also for the end of writeback, which the server is to do
	{"rpc_wait_bit_killable", {"NFS", nfs_server}}, // net/sunrpc/sched.c
	{"nfs_", {"NFS", nfs_server}}, // fs/nfs
	{"jbd2_", {"journal", slow_disk}}, // fs/jbd2
	{"start_this_handle", {"journal", slow_disk}}, // fs/jbd2/transaction.c
	{"wait_transaction_", {"journal", slow_disk}}, // the same
	{"xlog_", {"journal", slow_disk}}, // fs/xfs/xfs_log.c
	{"balance_dirty_pages", {"writeback throttling", slow_disk}}, // mm/page-writeback.c
	{"folio_wait_writeback", {"writeback", slow_disk}}, // mm/page-writeback.c
	{"folio_wait_stable", {"writeback", slow_disk}}, // the same, for disks that checksum
	{"do_page_mkwrite", {"page_mkwrite", {}}}, // mm/memory.c: the file system makes the page writable
	{"__filemap_get_folio", {"page cache", {}}}, // mm/filemap.c
	{"__folio_lock", {"page lock", slow_disk}}, // mm/filemap.c
	{"folio_wait_bit", {"a page", slow_disk}}, // mm/filemap.c, for others than the above
	{"io_schedule", {"I/O", slow_disk}}, // kernel/sched/core.c
	{"synchronize_rcu", {"an RCU grace period", {}}}, // kernel/rcu/tree.c
	{"__wait_rcu_gp", {"an RCU grace period", {}}}, // kernel/rcu/update.c
	{"synchronize_srcu", {"an SRCU grace period", {}}}, // kernel/rcu/srcutree.c
	{"__vma_start_", {"readers of the mapping", {}}}, // mm/mmap_lock.c: a writer of a VMA, since 6.15
	{"__vma_enter_locked", {"readers of the mapping", {}}}, // the same, until 6.19
	{"__vma_exclude_readers", {"readers of the mapping", {}}}, // the same, before it is detached
	{"__mutex_lock", {"a mutex", {}}}, // kernel/locking/mutex.c
	{"rwsem_down_", {"a semaphore", {}}}, // kernel/locking/rwsem.c: i_mmap_rwsem, anon_vma's, VMA locks until 6.14
};

constexpr sleep_place frozen = {"frozen file system",
				"Thaw the file system: fsfreeze --unfreeze MOUNTPOINT."};

bool has(std::span<const std::string> stack, std::string_view prefix)
{
	return std::ranges::any_of(stack, [=](std::string_view frame) { return frame.starts_with(prefix); });
}

/** As sb_start_pagefault(), sb_start_write() and sb_start_intwrite() wait (include/linux/fs.h). */
bool waits_for_thaw(std::span<const std::string> stack)
{
	if (!has(stack, "percpu_rwsem_wait") && !has(stack, "__percpu_down_read"))
		return false;
	const std::string place = place_in(stack);

	return (place.find("page_mkwrite") != std::string::npos || place.starts_with("mnt_want_write") ||
		place.find("write_iter") != std::string::npos || place.starts_with("vfs_"));
}

/** Without what has called into a page fault, such as a FUSE server that copies a request. */
std::span<const std::string> in_its_fault(std::span<const std::string> stack)
{
	auto fault = std::ranges::find_if(stack, [](const std::string &frame) {
		return is_function(frame, "handle_mm_fault");
	});

	return {stack.begin(), fault};
}

} // namespace

sleep_place sleep_place_in(std::span<const std::string> whole)
{
	const std::span<const std::string> stack = in_its_fault(whole);

	if (waits_for_thaw(stack))
		return frozen;
	for (const place &place : places)
		if (has(stack, place.prefix))
			return place.is;
	return {};
}

} // namespace vmalock
