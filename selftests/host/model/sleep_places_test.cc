// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why a task sleeps, and what reads mmap_lock, by stacks as kernels show them.
 */
#include "model/sleep_places.hh"

#include <gtest/gtest.h>

#include "model/judgement.hh"
#include "model/mmap_lock_readers.hh"

namespace vmalock::test {
namespace {

std::string_view why(const stack_names &stack)
{
	return sleep_place_in(stack).what;
}

TEST(sleep_places, TheMostTellingIsTold)
{
	EXPECT_EQ(why({"io_schedule", "folio_wait_writeback", "try_to_free_mem_cgroup_pages"}), "reclaim of its cgroup");
	EXPECT_EQ(why({"request_wait_answer [fuse]", "fuse_readpages_end [fuse]"}), "FUSE");
	EXPECT_EQ(why({"io_schedule", "bit_wait_io", "start_this_handle [jbd2]"}), "journal");
	EXPECT_EQ(why({"io_schedule", "blk_mq_get_tag"}), "I/O");
	EXPECT_EQ(why({"futex_do_wait", "futex_wait"}), "");
}

TEST(sleep_places, TheServerEndsWritebackOfItsFiles)
{
	EXPECT_EQ(why({"folio_wait_bit_common", "folio_wait_writeback", "fuse_page_mkwrite", "do_page_mkwrite"}), "FUSE");
}

/** A FUSE server faults in its buffer. */
TEST(sleep_places, WhatCalledIntoAFaultIsNotWhereItSleeps)
{
	EXPECT_EQ(why({"folio_wait_bit_common", "folio_wait_writeback", "ext4_page_mkwrite [ext4]", "do_page_mkwrite",
		       "handle_mm_fault", "do_user_addr_fault", "asm_exc_page_fault", "_copy_to_iter", "fuse_copy_one",
		       "fuse_dev_do_read"}),
		  "writeback");
}

TEST(sleep_places, AFrozenFileSystemIsWaitedForInManyPlaces)
{
	EXPECT_EQ(why({"percpu_rwsem_wait", "ext4_page_mkwrite [ext4]", "do_page_mkwrite"}), "frozen file system");
	EXPECT_EQ(why({"percpu_rwsem_wait", "__percpu_down_read", "mnt_want_write", "open_last_lookups"}),
		  "frozen file system");
	EXPECT_EQ(why({"percpu_rwsem_wait", "__percpu_down_read", "cgroup_threadgroup_change_begin"}), "")
		<< "others wait for such locks too";
}

TEST(mmap_lock_readers, AreKnownByWhereTheySleep)
{
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"io_schedule", "handle_mm_fault", "__get_user_pages", "do_futex"}).what,
		  "get_user_pages");
	const mmap_lock_reader remote = mmap_lock_reader_in(
		stack_names{"percpu_rwsem_wait", "handle_mm_fault", "__get_user_pages", "__access_remote_vm"});
	EXPECT_EQ(remote.what, "access to its memory");
	EXPECT_EQ(remote.whose, whose_memory::another);
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"io_schedule", "do_mincore"}).whose, whose_memory::own);
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"io_schedule", "hpage_collapse_scan_pmd", "khugepaged"}).what, "khugepaged");
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"futex_do_wait", "futex_wait"}).what, "");
}

/** They let go first, or wait for it themselves. */
TEST(mmap_lock_readers, WhoHasLetGoIsNone)
{
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"io_schedule", "filemap_fault", "handle_mm_fault"}).what, "");
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"handle_userfault", "handle_mm_fault", "__get_user_pages"}).what, "");
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"vfs_fadvise", "madvise_vma_behavior", "do_madvise"}).what, "");
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"rwsem_down_read_slowpath", "down_read", "do_madvise"}).what, "");
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"schedule", "shmem_fault", "handle_mm_fault"}).what, "");
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"dma_fence_wait", "ttm_bo_vm_reserve [ttm]", "handle_mm_fault"}).what, "");
}

/** These work on the memory of others, and release its lock for all that takes time. */
TEST(mmap_lock_readers, ScannersAndMigrationAreNoneForTheMostPart)
{
	for (const stack_names &stack : {
		     stack_names{"try_to_compact_pages", "__alloc_pages_noprof", "alloc_charge_folio", "collapse_huge_page",
				 "hpage_collapse_scan_pmd", "khugepaged"},
		     stack_names{"schedule_timeout", "khugepaged", "kthread"},
		     stack_names{"io_schedule", "__folio_lock", "cmp_and_merge_page", "ksm_scan_thread"},
		     stack_names{"io_schedule", "migrate_pages", "do_pages_move", "kernel_move_pages"},
		     stack_names{"io_schedule", "migrate_pages", "do_migrate_pages"},
		     stack_names{"io_schedule", "migrate_pages", "check_and_migrate_movable_pages",
				 "__gup_longterm_locked"},
		     stack_names{"io_schedule", "__folio_lock", "unpin_user_pages_dirty_lock", "process_vm_rw_core"},
		     stack_names{"try_to_free_pages", "__kmalloc_noprof", "pagemap_read"}})
		EXPECT_EQ(mmap_lock_reader_in(stack).what, "") << stack.front();
}

/** Its own buffer is in a file of a frozen file system. */
TEST(mmap_lock_readers, AFaultOnTheBufferIsNotOfTheMemoryThatIsRead)
{
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"percpu_rwsem_wait", "ext4_page_mkwrite", "handle_mm_fault",
						  "do_user_addr_fault", "exc_page_fault", "show_smaps_rollup"})
			  .what,
		  "page fault");
}

} // namespace
} // namespace vmalock::test
