// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which readers are named as blocking a writer, given stacks as kernels show them.
 */
#include "model/readers.hh"

#include <gtest/gtest.h>
#include <sstream>

#include "made.hh"
#include "model/report.hh"
#include "recording/capture.hh"
#include "output/output.hh"

namespace vmalock::test {
namespace {

const stack_names driver_fault = {"testdev_hold [vmalock_testdev]", "slow_fault [vmalock_testdev]",
				  "__do_fault", "do_fault", "__handle_mm_fault", "handle_mm_fault",
				  "do_user_addr_fault", "exc_page_fault", "asm_exc_page_fault"};
const stack_names userfault = {"handle_userfault", "__handle_mm_fault", "handle_mm_fault",
			       "do_user_addr_fault", "exc_page_fault", "asm_exc_page_fault"};
const stack_names file_read = {"folio_wait_bit_common", "filemap_fault", "__do_fault",
			       "__handle_mm_fault", "handle_mm_fault", "exc_page_fault"};
const stack_names page_lock = {"io_schedule", "__folio_lock_or_retry", "do_swap_page",
			       "handle_mm_fault", "exc_page_fault"};
const stack_names swap_in = {"zram_submit_bio [zram]", "swap_read_folio", "do_swap_page",
			     "__handle_mm_fault", "handle_mm_fault", "exc_page_fault"};
const stack_names in_line_for_swap = {"blk_mq_get_tag", "blk_mq_submit_bio", "swap_read_folio",
				      "swapin_readahead", "do_swap_page", "__handle_mm_fault",
				      "handle_mm_fault", "exc_page_fault"};
const stack_names reclaim = {"zram_submit_bio [zram]", "submit_bio_wait", "swap_writepage", "pageout",
			     "shrink_folio_list", "do_try_to_free_pages",
			     "try_to_free_mem_cgroup_pages", "__mem_cgroup_charge",
			     "__handle_mm_fault", "handle_mm_fault", "exc_page_fault"};
const stack_names over_high = {"schedule_timeout_killable", "__mem_cgroup_handle_over_high",
			       "try_charge_memcg", "do_huge_pmd_anonymous_page",
			       "__handle_mm_fault", "handle_mm_fault", "exc_page_fault"};
const stack_names driver_call = {"testdev_hold [vmalock_testdev]", "testdev_lock [vmalock_testdev]",
				 "__x64_sys_ioctl", "do_syscall_64"};
const std::vector<std::string> testdev = {"vmalock_testdev"}, driver = {"driver"};
const stack_names futex = {"futex_wait_queue", "do_futex", "__x64_sys_futex", "do_syscall_64"};
const stack_names for_mmap_lock = {"rwsem_down_read_slowpath", "lock_mm_and_find_vma",
				   "do_user_addr_fault", "exc_page_fault"};
const stack_names release_of_fault = {"rcuwait_wake_up", "do_user_addr_fault", "exc_page_fault"};

met_thread thread(std::uint32_t tid, stack_names stack, std::uint64_t address = 0,
		  std::uint64_t last_ns = 10)
{
	return {100, tid, "reader", std::move(stack), address, last_ns, 5};
}

writer_wait wait_of(std::vector<met_thread> found, std::optional<met_thread> releaser = {},
		    std::uint32_t readers = 1)
{
	writer_wait wait;

	wait.id = {100, 1};
	wait.name = "writer";
	wait.system_call = "mprotect";
	wait.waited_ns = 1000;
	wait.vm_start = 0x1000;
	wait.vm_end = 0x3000;
	wait.mapping = "data";
	wait.readers = readers;
	wait.stack = {"mprotect_fixup"};
	wait.found = std::move(found);
	wait.helper_users = {"vmalock_testdev", "a_module_with_a_long_name_and_more"};
	wait.releaser = std::move(releaser);
	return wait;
}

waiting_writer only(const writer_wait &wait)
{
	writer_waits sum;

	add(sum, wait);
	EXPECT_EQ(sum.size(), 1u);
	return sum.at(0);
}

TEST(judge, AFaultHoldsTheLockUnlessItHasLetGo)
{
	EXPECT_EQ(judge(thread(1, driver_fault, 0x1000)).part, lock_part::holds);
	EXPECT_EQ(judge(thread(1, driver_fault, 0x1000)).what, "page fault: driver vmalock_testdev");
	EXPECT_EQ(judge(thread(1, swap_in, 0x1000)).what, "page fault: swap-in");
	EXPECT_EQ(judge(thread(1, in_line_for_swap, 0x1000)).part, lock_part::holds);
	EXPECT_EQ(judge(thread(1, in_line_for_swap, 0x1000)).what, "page fault: swap-in");
	EXPECT_EQ(judge(thread(1, reclaim, 0x1000)).part, lock_part::holds);
	EXPECT_EQ(judge(thread(1, over_high, 0x1000)).part, lock_part::holds);
	EXPECT_EQ(judge(thread(1, over_high, 0x1000)).what, "page fault: throttled by its cgroup");
	EXPECT_EQ(judge(thread(1, reclaim, 0x1000)).what, "page fault: reclaim of its cgroup")
		<< "whatever driver it waits for";
	EXPECT_EQ(judge(thread(1, userfault, 0x1000)).part, lock_part::let_go);
	EXPECT_EQ(judge(thread(1, file_read, 0x1000)).part, lock_part::let_go);
	EXPECT_EQ(judge(thread(1, file_read, 0x1000)).what, "page fault: file I/O");
	EXPECT_EQ(judge(thread(1, page_lock, 0x1000)).part, lock_part::let_go)
		<< "on the way into swap, but without the lock";
}

TEST(judge, APointerAloneProvesNothing)
{
	EXPECT_EQ(judge(thread(1, driver_fault)).part, lock_part::leftover) << "a fault elsewhere";
	EXPECT_EQ(judge(thread(1, reclaim)).part, lock_part::leftover) << "it walks other mappings";
	EXPECT_EQ(judge(thread(1, for_mmap_lock)).part, lock_part::leftover);
	EXPECT_EQ(judge(thread(1, futex)).part, lock_part::leftover);
	EXPECT_EQ(judge(thread(1, {})).part, lock_part::leftover);
	EXPECT_EQ(judge(thread(1, driver_call), testdev).what, "driver vmalock_testdev");
	EXPECT_EQ(judge(thread(1, {"skb_wait", "tcp_zerocopy_receive"})).what, "tcp zerocopy");
	EXPECT_EQ(judge(thread(1, {"show_map_vma", "seq_read_iter"})).what, "proc maps");
}

TEST(readers, TheLastHeldTheWholeWait)
{
	waiting_writer row = only(wait_of({thread(7, driver_fault, 0x1000)}, thread(7, release_of_fault)));

	ASSERT_EQ(row.in_the_way.size(), 1u);
	EXPECT_EQ(row.in_the_way[0].tid, 7u);
	EXPECT_EQ(row.in_the_way[0].what, "page fault: driver vmalock_testdev") << "as seen asleep";
	EXPECT_EQ(row.in_the_way[0].grade, grade::certain);
	EXPECT_EQ(row.in_the_way[0].ns, 1000u);
	EXPECT_EQ(row.in_the_way[0].mapping, "data");
	EXPECT_EQ(row.unknown, 0u);
}

TEST(readers, TheLastIsKnownIfNobodySawItAsleep)
{
	waiting_writer row = only(wait_of({}, thread(7, release_of_fault)));

	ASSERT_EQ(row.in_the_way.size(), 1u);
	EXPECT_EQ(row.in_the_way[0].what, "page fault");
	EXPECT_EQ(row.in_the_way[0].ns, 1000u);
	EXPECT_EQ(row.in_the_way[0].grade, grade::likely) << "it may be late, and mean another wait";
}

/** Between letting go and waking the writer it can be preempted, but never sleeps. */
TEST(readers, TheLastIsCertainIfItSleptMeanwhile)
{
	met_thread awake = thread(7, driver_fault, 0x1000), slept_later = awake, another = awake;
	const met_thread other = thread(8, futex);

	awake.slept_ns.reset();
	slept_later.slept_ns = 10;
	another.pid = 200;
	for (const met_thread &found : {awake, slept_later, another, other})
		EXPECT_EQ(only(wait_of({found}, thread(7, release_of_fault))).in_the_way.at(0).grade, grade::likely);
	EXPECT_EQ(only(wait_of({thread(7, futex)}, thread(7, release_of_fault))).in_the_way.at(0).grade, grade::certain);
}

TEST(readers, ALastThatMayBeLateDrivesNobodyOut)
{
	waiting_writer row = only(wait_of({thread(8, driver_fault, 0x1000)}, thread(7, release_of_fault)));

	ASSERT_EQ(row.in_the_way.size(), 1u) << "one held the lock";
	EXPECT_EQ(row.in_the_way[0].tid, 8u);
}

TEST(readers, OthersHeldUntilTheyWereLastSeen)
{
	waiting_writer row = only(wait_of({thread(7, driver_fault, 0x1000), thread(8, swap_in, 0x2000, 600)},
					  thread(7, release_of_fault), 3));

	ASSERT_EQ(row.in_the_way.size(), 2u);
	EXPECT_EQ(row.in_the_way[1].tid, 8u);
	EXPECT_EQ(row.in_the_way[1].grade, grade::likely);
	EXPECT_EQ(row.in_the_way[1].ns, 600u);
	EXPECT_EQ(row.readers, 3u);
	EXPECT_EQ(row.unknown, 1u) << "three readers, two found";
}

/** Threads that are refused the lock at that moment. */
TEST(readers, WhomADetachWaitsForAreVictims)
{
	writer_wait wait = wait_of({thread(8, driver_fault, 0x1000)}, thread(7, release_of_fault), 2);

	wait.detach = true;
	waiting_writer row = only(wait);
	EXPECT_EQ(row.count, 1u);
	EXPECT_EQ(row.ns, 1000u);
	EXPECT_TRUE(row.in_the_way.empty());
	EXPECT_EQ(row.readers, 0u);
	EXPECT_EQ(row.unknown, 0u);
}

TEST(readers, NobodyFoundIsUnknownNotNobody)
{
	waiting_writer row = only(wait_of({}, {}, 2));

	EXPECT_TRUE(row.in_the_way.empty());
	EXPECT_EQ(row.unknown, 2u);
}

/** Though it is the only one left, and the kernel counted one. */
TEST(readers, NobodyIsCertainByElimination)
{
	EXPECT_EQ(only(wait_of({thread(8, driver_fault, 0x1000)})).in_the_way.at(0).grade, grade::likely);
}

TEST(readers, WhoHadLetGoWasNotInTheWay)
{
	waiting_writer row = only(wait_of({thread(8, userfault, 0x2000)}, thread(7, release_of_fault)));

	ASSERT_EQ(row.in_the_way.size(), 2u);
	EXPECT_TRUE(row.in_the_way[0].held);
	EXPECT_EQ(row.in_the_way[0].tid, 7u);
	EXPECT_FALSE(row.in_the_way[1].held);
	EXPECT_EQ(row.in_the_way[1].tid, 8u);
	EXPECT_EQ(only(wait_of({thread(8, userfault, 0x2000)})).unknown, 1u);
}

/** An old struct vm_fault survives on the stack, where the kernel moves stacks at random. */
TEST(readers, AFaultThatIsOverHoldsNothing)
{
	EXPECT_EQ(judge(thread(8, futex, 0x1000)).part, lock_part::leftover);
	EXPECT_EQ(judge(thread(8, for_mmap_lock, 0x1000)).part, lock_part::leftover);
	EXPECT_EQ(judge(thread(8, driver_call, 0x1000), testdev).what, "driver vmalock_testdev");

	waiting_writer row = only(wait_of({thread(7, for_mmap_lock, 0x1000), thread(8, futex, 0x1000),
					   thread(9, driver_call)}));
	ASSERT_EQ(row.in_the_way.size(), 1u);
	EXPECT_EQ(row.in_the_way[0].tid, 9u);
}

/** It would wait for itself. */
TEST(readers, TheWriterIsNotTheReaderItWaitsFor)
{
	writer_wait wait = wait_of({thread(7, driver_fault, 0x1000), thread(8, driver_call)},
				   thread(7, release_of_fault), 2);

	wait.tid = 7;
	waiting_writer row = only(wait);
	ASSERT_EQ(row.in_the_way.size(), 1u);
	EXPECT_EQ(row.in_the_way[0].tid, 8u);
	EXPECT_EQ(row.unknown, 1u);
}

/** mmap_lock comes before the lock of a VMA: who waits for it has let go, or had none. */
TEST(readers, VictimsOfMmapLockHoldNothing)
{
	const stack_names victims[] = {
		{"rwsem_down_read_slowpath", "down_read", "uffd_lock_vma", "mfill_atomic",
		 "userfaultfd_ioctl", "do_syscall_64"},
		{"schedule_preempt_disabled", "rwsem_down_read_slowpath", "down_read", "do_madvise.part.0",
		 "__x64_sys_madvise"},
		{"rwsem_down_read_slowpath", "down_read", "tcp_zerocopy_receive", "do_tcp_getsockopt"},
		{"rwsem_down_read_slowpath", "down_read_killable", "lock_next_vma", "m_start",
		 "seq_read_iter"},
		{"rwsem_down_write_slowpath", "down_write_killable", "do_madvise", "__x64_sys_madvise"},
		{"rwbase_read_lock", "down_read", "binder_page_lookup", "binder_ioctl"},
		{"rwsem_down_read_slowpath", "vmalock_vma_start_read_unlocked [vmalock]", "f [driver]"},
		{"__schedule", "schedule", "rwsem_down_read_slowpath", "mmap_read_lock", "f [driver]"},
	};

	for (const stack_names &stack : victims)
		EXPECT_EQ(judge(thread(8, stack), driver).part, lock_part::leftover) << stack[2];
	EXPECT_EQ(judge(thread(8, {"rwsem_down_write_slowpath", "down_write", "f [driver]"}), driver).part,
		  lock_part::holds)
		<< "a semaphore of its own";
	EXPECT_EQ(judge(thread(8, {"schedule", "madvise_cold", "do_madvise"})).part, lock_part::holds);
	EXPECT_EQ(judge(thread(8, {"rwsem_down_read_slowpath", "down_read", "hugetlb_fault", "handle_mm_fault"}, 0x1000)).part, lock_part::holds);
}

TEST(readers, AStackThatIsCutMayBeOfAFault)
{
	stack_names deep(VMALOCK_STACK_FRAMES, "shrink_folio_list");

	EXPECT_EQ(judge(thread(8, deep, 0x1000)).part, lock_part::holds);
	deep.pop_back();
	EXPECT_EQ(judge(thread(8, deep, 0x1000)).part, lock_part::leftover);
}

TEST(readers, NoMoreAreNamedThanHeldTheLock)
{
	waiting_writer row = only(wait_of({thread(8, driver_call), thread(9, driver_fault, 0x1000)}));

	ASSERT_EQ(row.in_the_way.size(), 1u);
	EXPECT_EQ(row.in_the_way[0].tid, 9u) << "the fault has more than a pointer";
}

TEST(readers, AnIntervalHasItsOwnWaits)
{
	snapshot before = at(0), after = at(1);

	before.waits.emplace();
	add(*before.waits, wait_of({}, thread(7, release_of_fault)));
	after.waits = before.waits;
	EXPECT_TRUE(compare(before, after).waits->empty());
	add(*after.waits, wait_of({}, thread(7, release_of_fault)));
	add(*after.waits, wait_of({}, thread(8, release_of_fault)));

	report report = compare(before, after);
	ASSERT_EQ(report.waits->size(), 1u);
	const waiting_writer &row = report.waits->at(0);
	EXPECT_EQ(row.count, 2u);
	EXPECT_EQ(row.ns, 2000u);
	EXPECT_EQ(row.waits[9], 2u) << "512 to 1023 ns";
	ASSERT_EQ(row.in_the_way.size(), 2u);
	EXPECT_EQ(row.in_the_way[0].count, 1u);
	EXPECT_EQ(histogram_of(*report.waits), row.waits);
	EXPECT_FALSE(compare(at(0), at(1)).waits) << "not asked for";
}

/** At each look it is told of anew. */
TEST(readers, AWaitThatGoesOnIsShownAsItIsAtTheEnd)
{
	snapshot before = at(0), after = at(1), later = at(2);
	writer_wait wait = wait_of({thread(7, driver_fault, 0x1000)});
	const writer_wait ended = wait_of({}, thread(7, release_of_fault));

	wait.goes_on = true;
	before.waits.emplace();
	later.waits.emplace();
	add(*before.waits, wait);
	wait.waited_ns = 5000;
	after.waits.emplace();
	add(*after.waits, wait);
	add(*later.waits, ended);

	report now = compare(before, after);
	ASSERT_EQ(now.waits->size(), 1u);
	EXPECT_TRUE(now.waits->at(0).go_on);
	EXPECT_EQ(now.waits->at(0).ns, 5000u) << "so far, what was told of before too";
	EXPECT_EQ(now.waits->at(0).count, 1u);
	ASSERT_EQ(now.waits->at(0).in_the_way.size(), 1u);
	EXPECT_EQ(now.waits->at(0).in_the_way[0].tid, 7u);
	report last = compare(after, later);
	ASSERT_EQ(last.waits->size(), 1u) << "it has ended";
	EXPECT_FALSE(last.waits->at(0).go_on);
	EXPECT_EQ(last.waits->at(0).count, 1u);
	add(*after.waits, ended);
	EXPECT_EQ(compare(before, after).waits->size(), 2u) << "another that has ended";
}

TEST(readers, ACaptureKeepsThem)
{
	snapshot taken = at(1);

	taken.waits.emplace();
	add(*taken.waits, wait_of({thread(7, swap_in, 0x1000)}, thread(7, release_of_fault), 2));
	std::istringstream stream(to_capture(taken) + "\n");
	snapshot read = read_capture(stream).at(0);
	EXPECT_EQ(to_capture(read), to_capture(taken));
	EXPECT_EQ(to_text(compare(at(0), read)), to_text(compare(at(0), taken)));
}

TEST(readers, AreShownInEightyColumns)
{
	snapshot taken = at(1);
	writer_wait wait = wait_of({}, {}, 999999999);
	met_thread reader = thread(4194304, {"f [a_module_with_a_long_name_and_more]"});

	wait.id.pid = reader.pid = 4194304;
	wait.name = reader.name = "0123456789abcde";
	wait.waited_ns = 999'999'999'999;
	wait.vm_start = 0xffff'ffff'ffff'0000;
	wait.vm_end = 0xffff'ffff'ffff'f000;
	wait.mapping = std::string(31, '\x1b');
	wait.found = {reader};
	taken.waits.emplace();
	add(*taken.waits, wait);

	std::istringstream text(to_text(compare(at(0), taken)));
	for (std::string line; std::getline(text, line);) {
		EXPECT_LE(line.size(), 80u) << line;
		EXPECT_EQ(line.find('\x1b'), line.npos);
	}
}

} // namespace
} // namespace vmalock::test
