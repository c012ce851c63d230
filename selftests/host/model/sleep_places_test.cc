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
	EXPECT_TRUE(remote.of_any);
	EXPECT_FALSE(mmap_lock_reader_in(stack_names{"io_schedule", "do_mincore"}).of_any);
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"futex_do_wait", "futex_wait"}).what, "");
}

/** They let go first, or wait for it themselves. */
TEST(mmap_lock_readers, WhoHasLetGoIsNone)
{
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"io_schedule", "filemap_fault", "handle_mm_fault"}).what, "");
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"handle_userfault", "handle_mm_fault", "__get_user_pages"}).what, "");
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"vfs_fadvise", "madvise_vma_behavior", "do_madvise"}).what, "");
	EXPECT_EQ(mmap_lock_reader_in(stack_names{"rwsem_down_read_slowpath", "down_read", "do_madvise"}).what, "");
}

} // namespace
} // namespace vmalock::test
