// SPDX-License-Identifier: GPL-2.0-only
/*
 * What people are shown of a stall that stands: in 80 columns, whatever names say. And
 * its flame graph.
 */
#include "output/stalls.hh"

#include <algorithm>
#include <gtest/gtest.h>
#include <sstream>

#include "output/blame.hh"

namespace vmalock::test {
namespace {

lock_holder holder(const char *doing)
{
	lock_holder result;

	result.pid = 4194303;
	result.tid = 4194304;
	result.name = "\033[2Jfifteen bytes!";
	result.doing = doing;
	result.state = VMALOCK_BLOCKED;
	result.off_cpu_ns = 1'234'567'890'123;
	result.why = "waits for CPU 1023, which \033[31mfifteen bytes/4194304 has, and more of it";
	result.what_to_do = "Do it.";
	result.stack = {std::string(200, 'f')};
	return result;
}

/** Of the lock that the one above sleeps on. */
lock_keeper owner(const char *name)
{
	lock_keeper result = holder("perf_event_open_and_more");

	result.name = name;
	result.grade = grade::certain;
	result.what_to_do = "Ask " + result.name + ".";
	return result;
}

address_space_stall stall()
{
	address_space_stall result;
	waiting_threads behind;

	result.pid = 4194303;
	result.name = "fifteen bytes!!";
	result.threads = 123456;
	result.ns = 1'234'567'890'123;
	behind.pid = 4194302;
	behind.name = "fifteen bytes!!";
	behind.doing = "pidfd_send_signal_and_more";
	behind.tids.assign(100000, 7);
	behind.of_another = true;
	result.behind.push_back(behind);
	return result;
}

std::string text_of(const address_space_stall &one)
{
	std::string result = to_text({"7.3", 0.5, {one}, 0, {}}, 20);
	std::istringstream lines(result);

	for (std::string line; std::getline(lines, line);) {
		EXPECT_LE(line.size(), 80u) << line;
		EXPECT_EQ(line.find('\033'), line.npos) << line;
	}
	return result;
}

bool says(const address_space_stall &one, const char *what)
{
	const std::string text = text_of(one);

	return text.find(what) != text.npos || (std::cout << text, false);
}

TEST(stalls_output, FitsIntoEightyColumns)
{
	address_space_stall one = stall();

	one.writer = holder("pidfd_send_signal_and_more");
	one.writer->grade = grade::certain;
	EXPECT_TRUE(says(one, "pidfd_send_signal_an of ?[2Jfifteen byt/4194303 keeps 123,456 threads waiting,\n"
			      "    for 20.6 min: waits for CPU"));
	one.vma = awaited_vma{1, 0x7fffffffe000, 0x7ffffffff000, 1, std::string(64, 'f')};
	one.readers_counted = 1;
	one.readers.push_back(holder("page fault"));
	EXPECT_TRUE(says(one, "waits for a reader of fff"));
	EXPECT_TRUE(says(one, "What to do: Do it."));
	one.readers[0].what_to_do = "Look at a_long_process_/4194304. To fail all its requests, write 1 to "
				    "/sys/fs/fuse/connections/1048575/abort.";
	EXPECT_TRUE(says(one, "What to do: Look at a_long_process_/4194304. To fail all its requests, write 1\n"
			      "            to /sys/fs/fuse/connections/1048575/abort.\n"));
}

TEST(stalls_output, OwnersOfOtherLocksFollowAndTheLastIsAdvised)
{
	address_space_stall one = stall();

	one.writer = holder("mmap");
	one.writer->lock_owners = {owner("first"), owner("second")};
	const std::string text = text_of(one);
	const std::size_t first = text.find("  owner   first 4194303/4194304      perf_event_open 20.6 min  certain\n");
	EXPECT_NE(first, text.npos) << text;
	EXPECT_GT(text.find("  owner   second 4194303/4194304"), first);
	EXPECT_NE(text.find("What to do: Ask second."), text.npos);
	one.readers_counted = 1;
	one.vma = awaited_vma{};
	one.readers = {holder("page fault")};
	one.readers[0].lock_owners = {owner("third")};
	EXPECT_TRUE(says(one, "What to do: Ask third."));
}

TEST(stalls_output, SaysWhatIsNotKnown)
{
	address_space_stall one = stall();

	EXPECT_TRUE(says(one, "whoever had it let go meanwhile"));
	one.readers_counted = one.readers_unknown = 1;
	EXPECT_TRUE(says(one, "its reader was not found"));
	EXPECT_TRUE(says(one, "unknown: 1 of 1 readers"));
	one.suspects = 2;
	EXPECT_TRUE(says(one, "unknown: 1 reader counted; 2 threads sleep where a reader can"));
	one.suspects = 0;
	one.leaked = true;
	EXPECT_TRUE(says(one, "unknown: 1 reader counted, no task has it at hand: perhaps leaked"));
	one.more_behind = true;
	EXPECT_TRUE(says(one, "more wait than a look takes in"));
}

TEST(stalls_output, ADeadlockComesFirst)
{
	address_space_stall one = stall();

	one.cycle = {"a/1", "b/2", "a/1"};
	EXPECT_EQ(text_of(one).find("DEADLOCK, each waits for the next: a/1 -> b/2 -> a/1\n"), 0u);
}

TEST(stalls_output, NobodyIsSaidToo)
{
	EXPECT_EQ(to_text({"7.3", 0.5, {}, 0, {"tasks outside of this PID namespace"}}, 20),
		  "Nobody waits for mmap_lock or for readers of a VMA.\n"
		  "Not visible here: tasks outside of this PID namespace\n"
		  "Linux 7.3, looked for 500 ms.\n");
}

lock_holder sleeper(const char *name, std::uint32_t tid, const char *doing, stack_names stack)
{
	lock_holder result;

	result.pid = 190;
	result.tid = tid;
	result.name = name;
	result.doing = doing;
	result.off_cpu_ns = 2'400'999'999;
	result.stack = std::move(stack);
	return result;
}

waiting_threads behind(const char *doing, std::vector<std::uint32_t> tids)
{
	waiting_threads result;

	result.pid = 190;
	result.name = "db";
	result.doing = doing;
	result.tids = std::move(tids);
	return result;
}

/** A fault sleeps, munmap waits for it, and others behind that. */
address_space_stall chain()
{
	address_space_stall result;

	result.pid = 190;
	result.name = "db";
	result.writer = sleeper("db", 205, "munmap", {"schedule", "__vma_start_write", "do_munmap"});
	result.writer->waits_for = VMALOCK_WAITS_FOR_READERS;
	result.writer->why = "waits for readers";
	result.vma = awaited_vma{1, 0x1000, 0x2000, 1, "file"};
	result.readers_counted = 1;
	result.readers.push_back(sleeper("db", 204, "page fault", {"ext4_page_mkwrite", "do_page_mkwrite"}));
	result.readers.front().why = "frozen file system";
	result.behind = {behind("page fault", {207, 208, 209}), behind("mmap", {206})};
	return result;
}

blocked_task waiting(std::uint32_t tid, const char *innermost, std::uint64_t ns)
{
	blocked_task result;

	result.tid = tid;
	result.off_cpu_ns = ns;
	result.stack = {"rwsem_down_read_slowpath", "down_read", innermost};
	return result;
}

/** What those in chain() wait for: in part of the same stack, and a bystander. */
std::vector<folded_stack> stacks_of(const address_space_stall &one)
{
	blocked_look look;

	look.tasks = {waiting(206, "vm_mmap_pgoff", 2'300'000'000), waiting(207, "lock_mm_and_find_vma", 2'000'600'000),
		      waiting(208, "lock_mm_and_find_vma", 1'000'600'000), waiting(209, "another_way", 999'999),
		      waiting(210, "lock_mm_and_find_vma", 9'000'000'000)};
	return fold(stall_report{"7.3", 0.5, {one}, 0, {}}, look);
}

std::string folded(const address_space_stall &one)
{
	return to_text(stacks_of(one));
}

TEST(stalls_folded, WhoIsInTheWayIsBelowThoseThatWait)
{
	const std::string reader = "db 190/204;page fault: frozen file system;do_page_mkwrite_[k];ext4_page_mkwrite_[k]";
	const std::string writer = reader + ";db 190/205;munmap;do_munmap_[k]";

	EXPECT_EQ(folded(chain()), writer + " 2400\n" + writer + ";db 190;mmap;vm_mmap_pgoff_[k] 2300\n" +
					   writer + ";db 190;page fault;lock_mm_and_find_vma_[k] 3001\n");
}

TEST(stalls_folded, AWriterThatWaitsForNoReaderIsAtTheBottom)
{
	address_space_stall one = chain();

	one.vma.reset();
	one.readers.clear();
	one.readers_counted = 0;
	one.writer->waits_for = VMALOCK_WAITS_FOR_NOTHING;
	one.writer->why = "reclaim";
	one.behind.pop_back();
	EXPECT_EQ(folded(one), "db 190/205;munmap: reclaim;do_munmap_[k];"
			       "db 190;page fault;lock_mm_and_find_vma_[k] 3001\n");
}

/** The frame at the bottom of all lines; there is one. */
std::string bottom(const address_space_stall &one)
{
	std::string result;

	for (const folded_stack &stack : stacks_of(one)) {
		EXPECT_TRUE(result.empty() || result == stack.frames.front());
		result = stack.frames.front();
	}
	return result;
}

TEST(stalls_folded, TheLastOwnerOfOtherLocksIsAtTheBottom)
{
	address_space_stall one = chain();
	lock_keeper first, last;

	first.pid = first.tid = 7;
	first.name = "first";
	first.doing = "write";
	first.why = "a mutex";
	last = first;
	last.name = "last";
	last.why = "writeback";
	one.readers[0].lock_owners = {first, last};
	EXPECT_EQ(folded(one).find("last 7/7;write: writeback;first 7/7;write: a mutex;db 190/204;page fault: "), 0u)
		<< folded(one);
}

TEST(stalls_folded, OfSeveralReadersNoneIsPicked)
{
	address_space_stall one = chain();

	one.readers_counted = 2;
	one.readers_unknown = 1;
	EXPECT_EQ(bottom(one), "2 readers: db 190/204 and 1 unknown");
	one.readers.push_back(sleeper("db", 211, "page fault", {}));
	one.readers_unknown = 0;
	EXPECT_EQ(bottom(one), "2 readers: db 190/204 and db 190/211");
	one.readers.resize(5, one.readers.front());
	one.readers_counted = 6;
	one.readers_unknown = 1;
	EXPECT_EQ(bottom(one), "6 readers: db 190/204, db 190/211, db 190/204, 2 more and 1 unknown");
	one.readers.clear();
	one.readers_unknown = 6;
	EXPECT_EQ(bottom(one), "6 unknown readers");
}

TEST(stalls_folded, AWriterThatWasNotSeenIsUnknownWhoeverReads)
{
	address_space_stall one = chain();

	one.writer.reset();
	one.vma.reset();
	EXPECT_EQ(bottom(one), "db 190/204");
	one.unseen_writer = true;
	EXPECT_EQ(bottom(one), "[unknown]");
	one.unseen_writer = false;
	one.readers.clear();
	one.readers_counted = 0;
	EXPECT_EQ(bottom(one), "[unknown]");
}

TEST(stalls_folded, NoNameEndsAFrameOrALine)
{
	address_space_stall one = stall();

	one.writer = holder("mmap; 7\n");
	one.writer->name = "a;b\n";
	one.behind.front().name = "c;d";
	one.behind.front().tids = {206};
	const auto stacks = stacks_of(one);
	ASSERT_EQ(stacks.size(), 1u);
	for (const std::string &frame : stacks.front().frames)
		EXPECT_TRUE(std::ranges::all_of(frame, [](char c) { return c >= ' ' && c <= '~' && c != ';'; })) << frame;
}

} // namespace
} // namespace vmalock::test
