// SPDX-License-Identifier: GPL-2.0-only
/*
 * What functions of the kernel say of a task: which of them take VMA locks, for those
 * who are refused one as for those who keep a writer waiting, and where a stack begins
 * to say what its task was doing.
 */
#include "model/kernel_functions.hh"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "model/readers.hh"

namespace vmalock::test {
namespace {

/** A function that a row names, and its module. */
std::pair<std::string, std::string> function_of(std::string_view pattern)
{
	if (pattern.starts_with('['))
		return {"a_function", std::string(pattern.substr(1, pattern.size() - 2))};
	if (pattern.ends_with('*'))
		return {std::string(pattern.substr(0, pattern.size() - 1)) + "of_family", ""};
	return {std::string(pattern), ""};
}

TEST(takers, EachServesAbortsAndReaders)
{
	for (const vma_lock_taker &taker : vma_lock_takers()) {
		const auto [function, module] = function_of(taker.function);
		const std::string frame = module.empty() ? function : function + " [" + module + "]";
		const stack_names stack = {frame, "do_syscall_64"};

		EXPECT_EQ(caller_kind(function, module), taker.kind) << frame;
		EXPECT_EQ(what_released({"rcuwait_wake_up", frame, "do_syscall_64"}), taker.kind) << frame;
		const judgement judged = judge({1, 1, "reader", stack, 0, 0});
		if (taker.kind == page_fault) {
			EXPECT_EQ(judged.part, lock_part::leftover) << "a fault elsewhere: " << frame;
			continue;
		}
		if (taker.kind == "binder") {
			EXPECT_EQ(judged.part, lock_part::leftover) << "not where it handles pages: " << frame;
			continue;
		}
		EXPECT_EQ(judged.part, lock_part::holds) << frame;
		EXPECT_EQ(judged.what, taker.kind) << frame;
	}
}

TEST(takers, TheirKindsAreNamedOnce)
{
	const std::vector<std::string_view> kinds = caller_kinds();

	EXPECT_EQ(std::set(kinds.begin(), kinds.end()).size(), kinds.size()) << "rows of a kind stand together";
	EXPECT_EQ(std::ranges::count(kinds, unknown_caller), 1);
}

/** Others that only begin so, or are a module's that has nothing to do with it. */
TEST(takers, OthersAreNone)
{
	EXPECT_EQ(taker_kind("move_pages.isra.0"), "userfaultfd");
	EXPECT_EQ(taker_kind("move_pages_and_store_status"), "") << "the system call of that name";
	EXPECT_EQ(taker_kind("m_next.cold"), "proc maps");
	EXPECT_EQ(taker_kind("m_next [driver]"), "") << "a driver's own file";
	EXPECT_EQ(taker_kind("tcp_recvmsg"), "") << "no zerocopy";
	EXPECT_EQ(taker_kind("bpf_get_stackid"), "");
	EXPECT_EQ(taker_kind("f [vmalock_testdev]"), "") << "another module";
	EXPECT_EQ(judge({1, 1, "reader", {"sk_wait_data", "tcp_recvmsg"}, 0, 0}).part, lock_part::leftover);
}

TEST(takers, TheDriverIsNamedAndNotTheHelper)
{
	const stack_names stack = {"rcuwait_wake_up", "vmalock_vma_end_read [vmalock]", "f [driver]", "ioctl"};

	EXPECT_EQ(what_released(stack), "driver driver");
	EXPECT_EQ(judge({1, 1, "reader", {"msleep", "hold [vmalock]", "f [driver]"}, 0, 0},
			std::vector<std::string>{"driver"})
			  .what,
		  "driver driver");
}

TEST(places, BeginWithWhatTheTaskWasDoing)
{
	// As kernels show them: 7.3 and 6.12, writers and readers, asleep and not.
	const std::pair<stack_names, std::string> stacks[] = {
		{{"rcuwait_wake_up", "vma_refcount_put", "lock_vma_under_rcu", "do_user_addr_fault"},
		 "do_user_addr_fault"},
		{{"bpf_prog_80455eed791edd9a_gather_notes", "bpf_prog_f175182dd7690089_mmap_lock_acquired",
		  "bpf_trace_run3", "__mmap_lock_do_trace_acquire_returned", "vms_complete_munmap_vmas",
		  "do_vmi_align_munmap"}, "vms_complete_munmap_vmas"},
		{{"bpf_trace_run2", "__mmap_lock_do_trace_released", "vm_mmap_pgoff"}, "vm_mmap_pgoff"},
		{{"__vma_start_exclude_readers", "__vma_start_write", "mprotect_fixup"}, "mprotect_fixup"},
		{{"rwsem_down_write_slowpath", "down_write", "__split_vma"}, "__split_vma"},
		{{"rwsem_wake.isra.0", "up_read", "testdev_lock [vmalock_testdev]"},
		 "testdev_lock [vmalock_testdev]"},
		{{"percpu_rwsem_wait", "__percpu_down_read", "ext4_page_mkwrite"}, "ext4_page_mkwrite"},
		{{"preempt_schedule_irq", "raw_irqentry_exit_cond_resched", "asm_sysvec_apic_timer_interrupt",
		  "clear_huge_page"}, "clear_huge_page"},
		{{"submit_bio_wait", "schedule"}, "submit_bio_wait"},
	};

	for (const auto &[stack, place] : stacks) {
		EXPECT_EQ(place_in(stack), place);
		EXPECT_EQ(without_plumbing(stack).back(), stack.back()) << "the rest is kept";
	}
}

/** The name of what is not plumbing may begin as that does. */
TEST(places, OthersAreNoPlumbing)
{
	for (const char *function : {"schedule_on_each_cpu", "vma_start_pgoff", "up", "mmap_region",
				     "bpf_iter_task_vma_next", "mutex_lock_of_mine [vmalock_testdev]"})
		EXPECT_EQ(place_in(stack_names{"__schedule", function, "do_syscall_64"}), function);
}

TEST(places, NothingButPlumbingIsLeftAsItIs)
{
	const stack_names stack = {"rcuwait_wake_up", "up_read", "schedule"};

	EXPECT_EQ(place_in(stack), "rcuwait_wake_up");
	EXPECT_EQ(without_plumbing(stack).size(), stack.size());
	EXPECT_EQ(place_in(stack_names()), "");
}

} // namespace
} // namespace vmalock::test
