// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who waits for whom, by looks as they are read from the tasks; and who is not named.
 */
#include "model/wait_chains.hh"

#include <gtest/gtest.h>

namespace vmalock::test {
namespace {

constexpr kernel_object mm = 0xffff888000001000, other_mm = 0xffff888000002000, vma = 0xffff888000003000;
constexpr std::uint64_t second = 1'000'000'000;

const stack_names in_munmap = {"__vma_start_exclude_readers", "__vma_start_write", "do_vmi_munmap"};
const stack_names in_mkwrite = {"percpu_rwsem_wait", "ext4_page_mkwrite [ext4]", "do_page_mkwrite",
				"handle_mm_fault", "do_user_addr_fault"};
const stack_names in_futex = {"futex_do_wait", "futex_wait", "do_futex"};

blocked_task task(std::uint32_t tid, const char *system_call, stack_names stack)
{
	blocked_task result;

	result.pid = result.own_pid = 10;
	result.tid = tid;
	result.name = "server";
	result.system_call = system_call;
	result.in_fault = result.system_call.empty();
	result.state = VMALOCK_BLOCKED;
	result.off_cpu_ns = second;
	result.mm = mm;
	result.stack = std::move(stack);
	return result;
}

/** Of an address space with a waiting thread, which nobody has yet. */
blocked_look look_at(std::uint32_t readers)
{
	blocked_look result;
	blocked_task waiting = task(20, "mmap", {"rwsem_down_write_slowpath", "vm_mmap_pgoff"});

	result.mms.push_back({mm, 10, "server", 10, 0, false, readers, false});
	waiting.waits_for = VMALOCK_WAITS_TO_WRITE;
	waiting.waits_mm = mm;
	result.tasks.push_back(waiting);
	return result;
}

/** The same, and munmap() waits for readers of a VMA. */
blocked_look with_writer(std::uint64_t readers)
{
	blocked_look result = look_at(0);
	blocked_task writer = task(11, "munmap", in_munmap);

	writer.owns_mm = writer.waits_mm = mm;
	writer.waits_for = VMALOCK_WAITS_FOR_READERS;
	writer.waits_vma = {vma, 0x1000, 0x3000, readers, "file"};
	writer.met_vmas = {{vma, mm, 0}};
	writer.off_cpu_ns = 5 * second;
	result.tasks.push_back(writer);
	return result;
}

blocked_task with_pointer(blocked_task task, std::uint64_t address)
{
	task.met_vmas = {{vma, mm, address}};
	return task;
}

address_space_stall only(const blocked_look &look)
{
	const stall_report report = stalls_in(look, {});

	EXPECT_EQ(report.stalls.size(), 1u);
	return report.stalls.empty() ? address_space_stall() : report.stalls.front();
}

TEST(wait_chains, AReaderOfTheVmaIsLikelyAndTheWriterCertain)
{
	blocked_look look = with_writer(1);
	look.tasks.push_back(with_pointer(task(12, "", in_mkwrite), 0x1000));
	const address_space_stall stall = only(look);

	ASSERT_TRUE(stall.writer && stall.vma);
	EXPECT_EQ(stall.writer->tid, 11u);
	EXPECT_EQ(stall.writer->grade, grade::certain);
	ASSERT_EQ(stall.readers.size(), 1u);
	EXPECT_EQ(stall.readers[0].tid, 12u);
	EXPECT_EQ(stall.readers[0].grade, grade::likely);
	EXPECT_EQ(stall.readers[0].doing, "page fault");
	EXPECT_EQ(stall.readers[0].why, "frozen file system");
	EXPECT_FALSE(stall.readers[0].what_to_do.empty());
	EXPECT_EQ(stall.readers_unknown, 0u);
	EXPECT_EQ(stall.threads, 2u);
	EXPECT_EQ(stall.ns, 5 * second);
}

TEST(wait_chains, AReaderInFuseIsToldWhoServes)
{
	blocked_look look = with_writer(1);

	const stack_names in_fuse_mkwrite = {"folio_wait_writeback", "fuse_page_mkwrite", "do_page_mkwrite",
					     "handle_mm_fault", "do_user_addr_fault"};

	look.tasks.push_back(task(12, "", in_fuse_mkwrite));
	look.tasks.back().met_vmas = {{vma, mm, 0x2000, 42}};
	look.fuse_servers = {{42, 10, "server"}};
	const address_space_stall stall = only(look);
	ASSERT_EQ(stall.readers.size(), 1u);
	EXPECT_EQ(stall.readers[0].why, "FUSE, likely served by server/10, which waits here too");
	EXPECT_NE(stall.readers[0].what_to_do.find("connections/42/abort"), std::string::npos);
}

/** A pointer is left on the stack of who has used the mapping. */
TEST(wait_chains, WhoIsIdleWithAPointerIsNotNamed)
{
	blocked_look look = with_writer(1);
	for (std::uint32_t tid = 30; tid < 38; tid++)
		look.tasks.push_back(with_pointer(task(tid, "futex", in_futex), 0));
	const address_space_stall stall = only(look);

	EXPECT_TRUE(stall.readers.empty());
	EXPECT_EQ(stall.readers_unknown, 1u);
	EXPECT_FALSE(stall.leaked);
}

/** As the kernel gives its stack: without the functions of locks. */
TEST(wait_chains, WhoWaitsForThisMmapLockHasLetGoOfTheVma)
{
	blocked_look look = with_writer(1);
	blocked_task waits = with_pointer(task(12, "madvise", {"madvise_walk_vmas", "do_madvise"}), 0);
	waits.waits_for = VMALOCK_WAITS_TO_READ;
	waits.waits_mm = mm;
	look.tasks.push_back(waits);
	EXPECT_TRUE(only(look).readers.empty());
	EXPECT_EQ(only(look).readers_unknown, 1u);

	look.tasks.back().waits_for = VMALOCK_WAITS_FOR_NOTHING;
	EXPECT_EQ(only(look).readers.size(), 1u) << "the same stack is a reader's";
}

TEST(wait_chains, MoreThanAreCountedAreNotNamed)
{
	blocked_look look = with_writer(1);
	for (std::uint32_t tid = 30; tid < 32; tid++)
		look.tasks.push_back(with_pointer(task(tid, "", in_mkwrite), 0x1000));
	const address_space_stall stall = only(look);

	EXPECT_TRUE(stall.readers.empty());
	EXPECT_EQ(stall.suspects, 2u);
}

TEST(wait_chains, AReferenceIsLeakedOnlyIfNobodyCanHaveIt)
{
	EXPECT_TRUE(only(with_writer(1)).leaked);
	EXPECT_FALSE(only(with_writer(0)).leaked);

	blocked_look look = with_writer(1);
	look.tasks.push_back(task(40, "read", {}));
	look.tasks.back().state = VMALOCK_RUNNING;
	EXPECT_FALSE(only(look).leaked) << "one that runs cannot be looked at";

	look = with_writer(1);
	look.not_visible.emplace_back("tasks outside of this PID namespace");
	EXPECT_FALSE(only(look).leaked);

	look = with_writer(1);
	look.tasks.push_back(task(41, "read", in_futex));
	EXPECT_TRUE(only(look).leaked);
	look.tasks.back().more_met = true;
	EXPECT_FALSE(only(look).leaked) << "it may have been left out";

	look = with_writer(1);
	look.tasks[1].off_cpu_ns = second / 2;
	EXPECT_FALSE(only(look).leaked) << "two looks are not one moment";
}

TEST(wait_chains, WhoReadsAnotherMemoryNeedsAPointerToIt)
{
	blocked_look look = look_at(1);
	blocked_task agent = task(50, "read", {"io_schedule", "show_smap", "seq_read_iter"});
	agent.pid = 50;
	agent.mm = other_mm;
	look.tasks.push_back(agent);
	EXPECT_TRUE(only(look).readers.empty()) << "it may read any process";

	look.tasks.back().met_vmas = {{vma, mm, 0}};
	const address_space_stall stall = only(look);
	ASSERT_EQ(stall.readers.size(), 1u);
	EXPECT_EQ(stall.readers[0].doing, "smaps");
	EXPECT_EQ(stall.readers[0].grade, grade::likely);
	EXPECT_FALSE(stall.writer);

	look.walks_lock_vmas = true;
	EXPECT_TRUE(only(look).readers.empty()) << "it may have a VMA lock in its place";
	look.walks_lock_vmas = false;
	look.tasks.back().mm = mm;
	EXPECT_TRUE(only(look).readers.empty()) << "a pointer to its own memory proves nothing";
}

/** Its queue entry was not met, or is that of another lock. */
TEST(wait_chains, WhoWaitsForAnotherMemoryDoesNotReadThisOne)
{
	blocked_look look = look_at(1);
	blocked_task agent = task(50, "read", {"rwsem_down_read_slowpath", "down_read_killable", "__access_remote_vm"});

	agent.pid = 50;
	agent.mm = other_mm;
	agent.met_mms = {mm};
	look.tasks.push_back(agent);
	EXPECT_TRUE(only(look).readers.empty());
	look.tasks.back().stack = {"io_schedule", "__access_remote_vm"};
	EXPECT_EQ(only(look).readers.size(), 1u);
	look.tasks.back().waits_for = VMALOCK_WAITS_TO_READ;
	look.tasks.back().waits_mm = other_mm;
	EXPECT_TRUE(only(look).readers.empty());
}

TEST(wait_chains, AFaultUnderTheVmaLockHasNoMmapLock)
{
	blocked_look look = look_at(1);
	const stack_names in_reclaim = {"try_to_free_pages", "handle_mm_fault", "do_user_addr_fault"};

	look.tasks.push_back(with_pointer(task(60, "", in_reclaim), 0x1000));
	EXPECT_TRUE(only(look).readers.empty());
	look.tasks.back().met_vmas[0].address = 0;
	ASSERT_EQ(only(look).readers.size(), 1u);
	EXPECT_EQ(only(look).readers[0].why, "reclaim");
}

/** It takes mmap_lock to prepare an anon_vma. */
TEST(wait_chains, AFaultUnderTheVmaLockCanHaveBoth)
{
	blocked_look look = look_at(1);

	look.tasks.push_back(with_pointer(task(60, "", {"try_to_free_mem_cgroup_pages", "__anon_vma_prepare", "__vmf_anon_prepare", "handle_mm_fault"}),
					  0x1000));
	EXPECT_EQ(only(look).readers.size(), 1u);
}

/** It waits itself, and is behind. */
TEST(wait_chains, AVictimOfMmapLockDoesNotHoldIt)
{
	blocked_look look = look_at(1);
	blocked_task victim = task(61, "madvise", {"rwsem_down_read_slowpath", "down_read", "do_madvise"});
	victim.waits_for = VMALOCK_WAITS_TO_READ;
	victim.waits_mm = mm;
	look.tasks.push_back(victim);
	const address_space_stall stall = only(look);

	EXPECT_TRUE(stall.readers.empty());
	EXPECT_EQ(stall.behind.size(), 2u);
	EXPECT_EQ(stall.threads, 2u);
}

TEST(wait_chains, AHolderThatWaitsForACpuIsToldWhoHasIt)
{
	blocked_look look = with_writer(1);
	blocked_task reader = with_pointer(task(12, "", {"preempt_schedule", "handle_mm_fault"}), 0x1000);
	blocked_task running;

	reader.state = VMALOCK_RUNNABLE;
	reader.cpu = running.cpu = 3;
	running.tid = 99;
	running.name = "burn";
	look.tasks.push_back(reader);
	look.tasks.push_back(running);
	ASSERT_EQ(only(look).readers.size(), 1u);
	EXPECT_EQ(only(look).readers[0].why, "waits for CPU 3, which burn/99 has");
	look.tasks.push_back(running);
	look.tasks.back().tid = 100;
	EXPECT_EQ(only(look).readers[0].why, "waits for CPU 3") << "one after the other";
}

TEST(wait_chains, AWriterWithoutWaitersIsNoStall)
{
	blocked_look look;
	blocked_task writer = task(11, "munmap", {"io_schedule"});

	look.mms.push_back({mm, 10, "server", 10, 11, false, 0, false});
	writer.owns_mm = mm;
	look.tasks.push_back(writer);
	EXPECT_TRUE(stalls_in(look, {}).stalls.empty());
}

/** Each has its own mmap_lock to write, and waits to read the other's. */
TEST(wait_chains, ACycleIsSaidFirst)
{
	blocked_look look = look_at(0);
	blocked_task one = task(70, "process_vm_readv", {"rwsem_down_read_slowpath"}), two = one;

	look.mms.push_back({other_mm, 71, "peer", 71, 0, false, 0, false});
	one.owns_mm = mm;
	one.waits_mm = other_mm;
	one.waits_for = two.waits_for = VMALOCK_WAITS_TO_READ;
	two.pid = two.tid = 71;
	two.mm = two.owns_mm = other_mm;
	two.waits_mm = mm;
	look.tasks.push_back(one);
	look.tasks.push_back(two);
	const stall_report report = stalls_in(look, {});

	ASSERT_EQ(report.stalls.size(), 2u);
	EXPECT_EQ(report.stalls[0].cycle, (std::vector<std::string>{"server/10", "peer/71", "server/10"}));
	EXPECT_EQ(report.stalls[1].cycle, (std::vector<std::string>{"peer/71", "server/10", "peer/71"}));
	EXPECT_EQ(report.stalls[0].writer->why, "mmap_lock of peer/71");

	// Without the second wait there is a chain, and no cycle.
	look.tasks.back().waits_mm = 0;
	look.tasks.back().waits_for = VMALOCK_WAITS_FOR_NOTHING;
	for (const address_space_stall &stall : stalls_in(look, {}).stalls)
		EXPECT_TRUE(stall.cycle.empty());
}

TEST(wait_chains, ShortStallsAndOthersProcessesAreLeftOut)
{
	const blocked_look look = with_writer(1);

	EXPECT_EQ(stalls_in(look, {5 * second, {}}).stalls.size(), 1u);
	EXPECT_TRUE(stalls_in(look, {5 * second + 1, {}}).stalls.empty());
	EXPECT_EQ(stalls_in(look, {5 * second + 1, {}}).left_out, 1u);
	EXPECT_EQ(stalls_in(look, {0, {10}}).stalls.size(), 1u);
	EXPECT_TRUE(stalls_in(look, {0, {11}}).stalls.empty());
}

TEST(wait_chains, ThreadsInTheSameSystemCallAreOneLine)
{
	blocked_look look = look_at(0);
	blocked_task again = look.tasks.front();

	again.tid = 21;
	again.off_cpu_ns = 3 * second;
	look.tasks.push_back(again);
	const address_space_stall stall = only(look);
	ASSERT_EQ(stall.behind.size(), 1u);
	EXPECT_EQ(stall.behind[0].tids, (std::vector<std::uint32_t>{20, 21}));
	EXPECT_EQ(stall.behind[0].ns, 3 * second);
}

/** Behind a task of another process, which has the lock alone. */
blocked_task asleep_on_mutex(blocked_task task, kernel_object mutex, std::uint32_t owner)
{
	task.sleeps_on = {mutex, VMALOCK_LOCK_MUTEX, "", owner};
	return task;
}

blocked_task owner_of_mutex(std::uint32_t tid, kernel_object mutex)
{
	blocked_task result = task(tid, "ioctl", {"folio_wait_writeback", "driver_ioctl"});

	result.pid = result.own_pid = tid;
	result.name = "other";
	result.mm = other_mm;
	result.owns_locks = {mutex};
	return result;
}

constexpr kernel_object mutex = 0xffff888000004000;

TEST(wait_chains, WhoHasTheMutexThatAReaderSleepsOnIsNamed)
{
	blocked_look look = with_writer(1);

	look.tasks.push_back(asleep_on_mutex(with_pointer(task(12, "", in_mkwrite), 0x1000), mutex, 50));
	look.tasks.back().stack = {"driver_fault [driver]", "handle_mm_fault", "do_user_addr_fault"};
	look.tasks.push_back(owner_of_mutex(50, mutex));
	look.tasks.push_back(owner_of_mutex(51, mutex + 8));
	const address_space_stall stall = only(look);

	ASSERT_EQ(stall.readers.size(), 1u);
	EXPECT_EQ(stall.readers[0].why, "a mutex");
	ASSERT_EQ(stall.readers[0].lock_owners.size(), 1u);
	const lock_keeper &owner = stall.readers[0].lock_owners[0];
	EXPECT_EQ(owner.tid, 50u);
	EXPECT_EQ(owner.doing, "ioctl");
	EXPECT_EQ(owner.grade, grade::certain);
	EXPECT_EQ(owner.why, "writeback");
	EXPECT_NE(owner.what_to_do, "");
	EXPECT_EQ(stalls_in(look, {0, {50}}).stalls.size(), 1u) << "it has a part in it";
	EXPECT_EQ(stalls_in(look, {0, {51}}).stalls.size(), 0u);
}

/** It may write to a file of any FUSE file system; the pointer is of a mapping it once used. */
TEST(wait_chains, OfAnOwnerInFuseTheServerIsNotNamed)
{
	blocked_look look = with_writer(1);
	blocked_task owner = owner_of_mutex(50, mutex);

	look.tasks.push_back(asleep_on_mutex(with_pointer(task(12, "", in_mkwrite), 0x1000), mutex, 50));
	owner.stack = {"request_wait_answer", "fuse_file_fallocate"};
	owner.met_vmas = {{vma, mm, 0, 42}};
	look.tasks.push_back(owner);
	look.fuse_servers = {{42, 10, "server"}};
	EXPECT_EQ(only(look).readers.at(0).lock_owners.at(0).why, "FUSE");
}

TEST(wait_chains, ALockBesideWhatTheFunctionsSay)
{
	blocked_look look = with_writer(1);

	look.tasks.push_back(asleep_on_mutex(with_pointer(task(12, "", in_mkwrite), 0x1000), mutex, 0));
	look.tasks.back().stack = {"shrink_slab", "try_to_free_pages", "do_anonymous_page", "handle_mm_fault",
				   "do_user_addr_fault"};
	EXPECT_EQ(only(look).readers.at(0).why, "reclaim: a mutex");
	EXPECT_NE(only(look).readers.at(0).what_to_do, "");
}

/** It has mmap_lock and sleeps on a mutex, whose owner waits for that mmap_lock. */
TEST(wait_chains, ADeadlockThroughAMutexIsACycle)
{
	blocked_look look = look_at(0);
	blocked_task writer = asleep_on_mutex(task(11, "mmap", {"driver_mmap [driver]"}), mutex, 50);
	blocked_task owner = owner_of_mutex(50, mutex);

	writer.owns_mm = mm;
	owner.waits_for = VMALOCK_WAITS_TO_READ;
	owner.waits_mm = mm;
	look.tasks.insert(look.tasks.end(), {writer, owner});
	EXPECT_EQ(only(look).cycle, (std::vector<std::string>{"server/10", "server/10"}));
	EXPECT_EQ(only(look).writer->lock_owners.at(0).why, "mmap_lock of server/10");
	look.seconds = 2;
	EXPECT_EQ(only(look).cycle, std::vector<std::string>()) << "one may have moved on meanwhile";
	look.seconds = 0;
	look.tasks.back().owns_locks.clear();
	EXPECT_EQ(only(look).cycle, std::vector<std::string>()) << "it has let go";
}

} // namespace
} // namespace vmalock::test
