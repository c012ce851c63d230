// SPDX-License-Identifier: GPL-2.0-only
/*
 * What people are shown of a stall that stands: in 80 columns, whatever names say.
 */
#include "output/stalls.hh"

#include <gtest/gtest.h>
#include <sstream>

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
	one.vma = awaited_vma{1, 0x7fffffffe000, 0x7ffffffff000, 1, std::string(64, 'x')};
	one.readers_counted = 1;
	one.readers.push_back(holder("page fault"));
	EXPECT_TRUE(says(one, "waits for a reader of xxx"));
	EXPECT_TRUE(says(one, "What to do: Do it."));
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

} // namespace
} // namespace vmalock::test
