// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a sleeping fault has to do with the lock of its VMA, by stacks as kernels show them.
 */
#include "model/judgement.hh"

#include <gtest/gtest.h>

namespace vmalock::test {
namespace {

judgement of(stack_names inner)
{
	for (const char *outer : {"__handle_mm_fault", "handle_mm_fault", "do_user_addr_fault",
				  "exc_page_fault", "asm_exc_page_fault"})
		inner.push_back(outer);
	return judge({1, 1, "reader", std::move(inner), 0x1000, 0});
}

void holds(stack_names inner, const char *what)
{
	const std::string place = inner.front();
	const judgement judged = of(std::move(inner));

	EXPECT_EQ(judged.part, lock_part::holds) << place;
	EXPECT_EQ(judged.what, what) << place;
}

void has_let_go(stack_names inner, const char *what)
{
	const std::string place = inner.front();
	const judgement judged = of(std::move(inner));

	EXPECT_EQ(judged.part, lock_part::let_go) << place;
	EXPECT_EQ(judged.what, what) << place;
}

TEST(judgement, FilesAreReadWithoutTheLock)
{
	has_let_go({"folio_wait_bit_common", "filemap_fault", "__do_fault"}, "page fault: file I/O");
	has_let_go({"io_schedule", "__folio_lock_killable", "filemap_fault", "__do_fault"},
		   "page fault: file I/O");
	has_let_go({"blk_mq_get_tag", "submit_bio", "ext4_mpage_readpages", "read_pages",
		    "page_cache_ra_unbounded", "filemap_fault", "__do_fault"},
		   "page fault: file I/O");
	has_let_go({"io_schedule", "folio_wait_bit_common", "filemap_read_folio", "filemap_fault"},
		   "page fault: file I/O");
	has_let_go({"io_schedule_timeout", "balance_dirty_pages", "balance_dirty_pages_ratelimited_flags",
		    "fault_dirty_shared_page", "do_wp_page"},
		   "page fault: writeback throttling");
}

TEST(judgement, AHoleIsWaitedForWithoutTheLock)
{
	has_let_go({"schedule", "shmem_falloc_wait", "shmem_fault", "__do_fault"}, "page fault: hole punch");
	has_let_go({"schedule", "shmem_fault", "__do_fault"}, "page fault: hole punch");
	holds({"try_to_free_pages", "shmem_alloc_folio", "shmem_get_folio_gfp", "shmem_fault", "__do_fault"},
	      "page fault: reclaim");
}

/** As a database that maps its files with MADV_RANDOM. */
TEST(judgement, APageIsMadeWithTheLock)
{
	holds({"shrink_folio_list", "do_try_to_free_pages", "try_to_free_pages", "__alloc_pages_slowpath",
	       "filemap_alloc_folio", "__filemap_get_folio", "filemap_fault", "__do_fault"},
	      "page fault: reclaim");
	holds({"io_schedule", "folio_wait_bit_common", "folio_wait_writeback", "shrink_folio_list",
	       "try_to_free_mem_cgroup_pages", "filemap_add_folio", "__filemap_get_folio", "filemap_fault"},
	      "page fault: reclaim of its cgroup");
	holds({"preempt_schedule_irq", "xas_load", "__filemap_get_folio", "filemap_fault"},
	      "page fault: page cache");
	holds({"rwsem_down_read_slowpath", "down_read", "filemap_fault", "__do_fault"},
	      "page fault: invalidate lock");
	holds({"rwbase_read_lock", "down_read", "filemap_fault", "ext4_filemap_fault [ext4]"},
	      "page fault: invalidate lock");
}

TEST(judgement, FileSystemsAreAskedWithTheLock)
{
	holds({"percpu_rwsem_wait", "__percpu_down_read", "ext4_page_mkwrite", "do_page_mkwrite"},
	      "page fault: frozen file system");
	holds({"percpu_rwsem_wait", "__percpu_down_read", "xfs_filemap_page_mkwrite [xfs]",
	       "do_page_mkwrite"},
	      "page fault: frozen file system");
	holds({"wait_transaction_locked [jbd2]", "add_transaction_credits [jbd2]",
	       "start_this_handle [jbd2]", "ext4_page_mkwrite [ext4]", "do_page_mkwrite"},
	      "page fault: journal");
	holds({"folio_wait_bit_common", "folio_wait_writeback", "folio_wait_stable", "ext4_page_mkwrite",
	       "do_page_mkwrite"},
	      "page fault: writeback");
	holds({"percpu_rwsem_wait", "ext4_writepages_down_read", "ext4_block_page_mkwrite_x", "__do_fault"},
	      "page fault");
	holds({"schedule", "btrfs_delalloc_reserve [btrfs]", "btrfs_page_mkwrite [btrfs]", "do_page_mkwrite"},
	      "page fault: page_mkwrite");
	holds({"wait [nvme]", "ext4_map_blocks [ext4]", "ext4_dax_fault [ext4]", "__do_fault"},
	      "page fault: file system ext4");
	holds({"wait [accel]", "accel_fault [accel]", "__do_fault"}, "page fault: driver accel");
}

/** A system call that takes VMA locks takes none in these. */
TEST(judgement, ACallOutsideTheLockHoldsNothing)
{
	const stack_names outside[] = {
		{"io_schedule", "folio_wait_bit_common", "filemap_read_folio", "page_cache_ra_unbounded",
		 "generic_fadvise", "vfs_fadvise", "madvise_vma_behavior", "do_madvise"},
		{"schedule", "ext4_fallocate [ext4]", "vfs_fallocate", "madvise_vma_behavior", "do_madvise"},
		{"folio_wait_bit_common", "collapse_file", "madvise_collapse", "do_madvise"},
		{"schedule", "__lock_sock", "lock_sock_nested", "do_tcp_getsockopt", "tcp_getsockopt"},
		{"schedule", "binder_thread_read [binder_linux]", "binder_ioctl [binder_linux]"},
		{"schedule", "_RNvMs_get_work [rust_binder]", "_RNvMs_ioctl [rust_binder]"},
	};

	for (const stack_names &stack : outside)
		EXPECT_EQ(judge({1, 1, "idle", stack, 0, 0}).part, lock_part::leftover) << stack[1];
	for (const stack_names &inside : {stack_names{"preempt_schedule", "zap_pte_range", "do_madvise"},
					  {"schedule", "binder_alloc_new_buf [binder_linux]"},
					  {"schedule", "_RNvMs_8use_page_slow [rust_binder]"}})
		EXPECT_EQ(judge({1, 1, "reader", inside, 0, 0}).part, lock_part::holds) << inside[1];
}

/** Any module can sleep, and few can have the lock of a VMA outside of a fault. */
TEST(judgement, OnlyUsersOfTheHelperAreDrivers)
{
	const std::vector<std::string> users = {"driver"};
	const stack_names others[] = {
		{"schedule_timeout", "vsock_accept [vsock]", "do_accept"},
		{"kvm_vcpu_block [kvm]", "kvm_vcpu_ioctl [kvm]", "__x64_sys_ioctl"},
		{"wait [nvme]", "queue [nvme]", "blk_mq_dispatch", "submit_bio", "do_fsync"},
		{"schedule", "ext4_file_write_iter [ext4]", "vfs_write", "ksys_write"},
		{"wait [drivers]", "ioctl"},
	};
	const met_thread met = {1, 1, "driver", {"wait [nvme]", "read_block [driver]", "ioctl [shell]"}, 0, 0};

	for (const stack_names &stack : others)
		EXPECT_EQ(judge({1, 1, "idle", stack, 0, 0}, users).part, lock_part::leftover) << stack[0];
	EXPECT_EQ(judge(met, users).what, "driver driver");
	EXPECT_EQ(judge(met, std::vector<std::string>{"kvm"}).part, lock_part::leftover);
}

} // namespace
} // namespace vmalock::test
