// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writers that cause aborts, from handmade counts to text and JSON output.
 */
#include "model/writers.hh"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "made.hh"
#include "model/report.hh"
#include "model/words.hh"
#include "recording/capture.hh"
#include "output/output.hh"

namespace vmalock::test {
namespace {

using nlohmann::json;

constexpr process_id culprit = {100, 1}, victim = {200, 2}, other = {300, 3};
constexpr std::uint32_t mprotect = 10, munmap = 11;

writer_key writer(process_id process, std::uint32_t tid, std::uint32_t syscall,
		  std::uint32_t stack = VMALOCK_STACK_NONE,
		  vmalock_writer_state state = VMALOCK_WRITER_SEEN)
{
	return {process, tid, syscall, stack, stack, state};
}

victim_key hit(process_id process, std::uint64_t start, std::uint64_t end,
	       const char *caller = fault_handler,
	       vmalock_abort_reason reason = VMALOCK_ABORT_WRITE_LOCKED)
{
	return {process, start, end, caller, "", reason};
}

times lasting(std::size_t bucket, std::uint64_t count)
{
	times result;

	result.buckets[bucket] = count;
	result.total_ns = count << bucket;
	return result;
}

const process_names names = {{culprit, "culprit"}, {victim, "victim"}};

TEST(writers, TheMostBlamedComesFirst)
{
	writer_counts after;
	after.writers = {{writer(other, 301, munmap, 1), "idle", "munmap", {}},
			 {writer(culprit, 101, mprotect, 2), "thread", "mprotect", lasting(20, 3)}};
	after.blames = {{writer(other, 301, munmap, 1), hit(victim, 0x1000, 0x2000), 1},
			{writer(culprit, 101, mprotect, 2), hit(victim, 0x1000, 0x2000), 7}};

	writers_report report = compare({}, after, names);
	ASSERT_EQ(report.writers.size(), 2u);
	EXPECT_EQ(report.writers[0].id, culprit);
	EXPECT_EQ(report.writers[0].name, "culprit");
	EXPECT_EQ(report.writers[0].tid, 101u);
	EXPECT_EQ(report.writers[0].comm, "thread");
	EXPECT_EQ(report.writers[0].syscall, "mprotect");
	EXPECT_EQ(report.writers[0].aborts, 7u);
	EXPECT_EQ(report.writers[0].held, lasting(20, 3));
	EXPECT_EQ(report.writers[1].name, "") << "its name was never learnt";
	EXPECT_EQ(report.aborts[VMALOCK_WRITER_SEEN], 8u);
}

TEST(writers, CallSitesAndWhatIsKnownOfThemAreOneRowOfAThreadAndCall)
{
	writer_counts after;
	const writer_key first = writer(culprit, 101, mprotect, 1), second = writer(culprit, 101, mprotect, 2),
			 left = writer(culprit, 101, mprotect, VMALOCK_STACK_NONE, VMALOCK_WRITER_LEFT);
	after.writers = {{first, "thread", "mprotect", lasting(3, 1)},
			 {second, "thread", "mprotect", lasting(5, 2)},
			 {left, "thread", "mprotect", {}}};
	after.blames = {{first, hit(victim, 0, 1), 1}, {second, hit(victim, 0, 1), 2},
			{left, hit(victim, 0, 1), 4},
			{writer(culprit, 101, munmap, 1), hit(victim, 0, 1), 1},
			{writer(culprit, 102, mprotect, 1), hit(victim, 0, 1), 1}};

	writers_report report = compare({}, after, names);
	ASSERT_EQ(report.writers.size(), 3u) << "another call, and another thread";
	ASSERT_EQ(report.writers[0].sites.size(), 3u);
	EXPECT_EQ(report.writers[0].aborts, 7u);
	EXPECT_EQ(report.writers[0].sites[0].state, VMALOCK_WRITER_LEFT);
	EXPECT_EQ(count_of(report.writers[0].held.buckets), 3u);
	EXPECT_EQ(report.aborts[VMALOCK_WRITER_LEFT], 4u);
}

TEST(writers, OnlyWhatHappenedBetweenIsShown)
{
	writer_counts before, after;
	const writer_key key = writer(culprit, 101, mprotect, 1);
	before.writers = {{key, "thread", "mprotect", lasting(3, 1)}};
	before.blames = {{key, hit(victim, 0, 1), 5}, {key, hit(other, 0, 1), 2}};
	before.mmap_times = {{culprit, VMALOCK_MMAP_WRITE_HELD, lasting(10, 4)},
			     {other, VMALOCK_MMAP_WRITE_HELD, lasting(10, 4)}};
	after = before;
	after.writers[0].held += lasting(7, 2);
	after.blames[0].aborts = 6;
	after.mmap_times[0].spent += lasting(12, 1);

	writers_report report = compare(before, after, names);
	ASSERT_EQ(report.writers.size(), 1u);
	EXPECT_EQ(report.writers[0].aborts, 1u);
	EXPECT_EQ(report.writers[0].held, lasting(7, 2));
	ASSERT_EQ(report.writers[0].sites[0].victims.size(), 1u) << "the other was hit before";
	ASSERT_EQ(report.mmap_lock.processes.size(), 1u) << "the other held no lock since";
	EXPECT_EQ(report.mmap_lock.processes[0].spent[VMALOCK_MMAP_WRITE_HELD], lasting(12, 1));
	EXPECT_TRUE(compare(after, after, names).writers.empty());
}

/** At each look it is told of anew, with all that it did so far. */
TEST(writers, WhoHasNotLetGoIsShownAsItIsAtTheEnd)
{
	writer_counts before, after, later;
	const writer_key seen = writer(culprit, 101, mprotect, 1),
			 holding = writer(culprit, 101, mprotect, 7, VMALOCK_WRITER_HOLDING);
	before.writers = {{holding, "thread", "mprotect", once(5)}};
	before.blames = {{holding, hit(victim, 0, 1), 2}};
	after.writers = {{holding, "thread", "mprotect", once(1000)}};
	after.blames = {{holding, hit(victim, 0, 1), 3}, {holding, hit(other, 0, 1), 1}};
	after.kernel_stacks = {{7, {"__schedule", "schedule", "down_write", "mprotect_fixup"}}};
	later.writers = {{seen, "thread", "mprotect", once(2000)}};
	later.blames = {{seen, hit(victim, 0, 1), 3}, {seen, hit(other, 0, 1), 1}};

	writers_report now = compare(before, after, names);
	ASSERT_EQ(now.writers.size(), 1u);
	ASSERT_EQ(now.writers[0].sites.size(), 1u);
	EXPECT_EQ(now.writers[0].sites[0].state, VMALOCK_WRITER_HOLDING);
	EXPECT_EQ(now.writers[0].sites[0].kernel_stack, after.kernel_stacks[0].functions);
	EXPECT_EQ(now.writers[0].aborts, 4u) << "those that were told of before too";
	EXPECT_EQ(now.writers[0].held, once(1000)) << "so far";
	EXPECT_EQ(now.aborts[VMALOCK_WRITER_HOLDING], 4u);

	writers_report all = compare({}, later, names), last = compare(after, later, names);
	for (const writers_report &report : {all, last}) {
		EXPECT_EQ(report.aborts[VMALOCK_WRITER_SEEN], 4u);
		EXPECT_EQ(report.aborts[VMALOCK_WRITER_HOLDING], 0u);
		ASSERT_EQ(report.writers.size(), 1u);
		EXPECT_EQ(report.writers[0].held, once(2000));
	}
}

TEST(writers, AReusedIdIsAnotherWriter)
{
	writer_counts before, after;
	const process_id later = {culprit.pid, culprit.start_ns + 1};
	before.blames = {{writer(culprit, 101, mprotect), hit(victim, 0, 1), 5}};
	after.blames = {before.blames[0], {writer(later, 101, mprotect), hit(victim, 0, 1), 3}};

	writers_report report = compare(before, after, names);
	ASSERT_EQ(report.writers.size(), 1u);
	EXPECT_EQ(report.writers[0].id, later);
	EXPECT_EQ(report.writers[0].aborts, 3u);
}

TEST(writers, WhoIsGoneIsNobody)
{
	writer_counts after;
	writer_key gone;
	gone.syscall = gone.kernel_stack = gone.user_stack = 0;
	after.blames = {{gone, hit(victim, 0, 1), 9}};

	writers_report report = compare({}, after, names);
	EXPECT_TRUE(report.writers.empty());
	ASSERT_EQ(report.gone.size(), 1u);
	EXPECT_EQ(report.gone[0].name, "victim");
	EXPECT_EQ(report.gone[0].aborts, 9u);
	EXPECT_EQ(report.aborts[VMALOCK_WRITER_GONE], 9u);
}

TEST(writers, VictimsAreToldApartByMappingCallerAndReason)
{
	writer_counts after;
	const writer_key key = writer(culprit, 101, mprotect, 1);
	after.blames = {{key, hit(victim, 0x1000, 0x2000, "do_user_addr_fault"), 1},
			{key, hit(victim, 0x1000, 0x2000, "exc_page_fault"), 1},
			{key, hit(victim, 0x2000, 0x3000), 3},
			{key, hit(victim, 0x1000, 0x2000, "madvise_walk_vmas"), 4},
			{key, hit(victim, 0x1000, 0x2000, fault_handler, VMALOCK_ABORT_GONE), 5}};

	const std::vector<victim_row> rows = compare({}, after, names).writers[0].sites[0].victims;
	ASSERT_EQ(rows.size(), 4u) << "two functions of the fault handler are one kind of caller";
	EXPECT_EQ(rows[0].reason, VMALOCK_ABORT_GONE);
	EXPECT_EQ(rows[1].caller, "madvise");
	EXPECT_EQ(rows[2].vm_start, 0x2000u);
	EXPECT_EQ(rows[3].aborts, 2u);
}

TEST(writers, TheKernelsStackBeginsBelowTheTracer)
{
	writer_counts after;
	const writer_key key = writer(culprit, 101, mprotect, 4);
	after.writers = {{key, "thread", "mprotect", {}}};
	after.blames = {{key, hit(victim, 0, 1), 1}};
	after.kernel_stacks = {{4, {"bpf_prog_x", "__mmap_lock_do_trace_released", "do_mprotect_pkey", "entry"}}};
	after.user_stacks = {{4, {0x401000, 0x402000}}};

	writer_site site = compare({}, after, names).writers[0].sites[0];
	EXPECT_EQ(site.kernel_stack, (std::vector<std::string>{"do_mprotect_pkey", "entry"}));
	EXPECT_EQ(site.user_stack, (std::vector<std::uint64_t>{0x401000, 0x402000}));

	after.kernel_stacks[0].functions = {"do_mprotect_pkey", "entry"};
	EXPECT_EQ(compare({}, after, names).writers[0].sites[0].kernel_stack, site.kernel_stack)
		<< "nothing of the tracer was on it";
}

TEST(writers, TimesAreByProcessAndOfAll)
{
	writer_counts after;
	after.mmap_times = {{culprit, VMALOCK_MMAP_WRITE_HELD, lasting(10, 1)},
			    {victim, VMALOCK_MMAP_READ_FAULT, lasting(12, 2)},
			    {other, VMALOCK_MMAP_READ_FAULT, lasting(9, 1)}};

	writers_report report = compare({}, after, names);
	ASSERT_EQ(report.mmap_lock.processes.size(), 3u);
	EXPECT_EQ(report.mmap_lock.processes[0].id, victim) << "the longest first";
	EXPECT_EQ(report.mmap_lock.all[VMALOCK_MMAP_READ_FAULT].total_ns, (2u << 12) + (1u << 9));
	EXPECT_EQ(count_of(report.mmap_lock.all[VMALOCK_MMAP_WRITE_HELD].buckets), 1u);
	EXPECT_FALSE(report.mmap_lock.all.contains(VMALOCK_MMAP_READ_OTHER));
}

TEST(times, BoundsAreTheEndsOfBuckets)
{
	time_buckets buckets{};
	EXPECT_EQ(median_below(buckets), 0u);
	EXPECT_EQ(longest_below(buckets), 0u);

	buckets[3] = 2;
	buckets[5] = 1;
	buckets[9] = 1;
	EXPECT_EQ(median_below(buckets), 16u);
	EXPECT_EQ(longest_below(buckets), 1024u);
	buckets[9] = 2;
	EXPECT_EQ(median_below(buckets), 64u);
}

/** A report in which everything is as wide as it can get. */
snapshot widest()
{
	snapshot result = at(1);
	writer_counts counts;

	for (std::uint32_t tid = 4194280; tid < 4194304; tid++) {
		const writer_key key = writer({tid, 1}, tid, VMALOCK_SYSCALL_COMPAT | 999, 1);

		counts.writers.push_back({key, "0123456789abcde", "32-bit 999", lasting(39, 99999999)});
		counts.blames.push_back({key, hit({4194304, 1}, 0x7ffffffff000, 0x7ffffffff000 + 0x1000,
						  "a_function_with_a_name_of_forty_letters_"), 99999999});
		for (int what = 0; what < VMALOCK_FIRST_FAULT_TIME; what++)
			counts.mmap_times.push_back({{tid, 1}, static_cast<vmalock_time>(what),
						     lasting(39, 99999999)});
	}
	for (int state = 1; state < VMALOCK_WRITER_STATE_NR; state++)
		counts.blames.push_back({writer(culprit, 1, mprotect, 1,
						static_cast<vmalock_writer_state>(state)),
					 hit(victim, 0, 0), 9999999});
	counts.kernel_stacks = {{1, {"a_function_with_a_name_of_forty_letters_"}}};
	result.names = {{{4194304, 1}, "0123456789abcde"}};
	result.writers = counts;
	return result;
}

TEST(writers_text, FitsInEightyColumns)
{
	std::istringstream text(to_text(compare(at(0), widest())));
	std::string line;

	while (std::getline(text, line))
		EXPECT_LE(line.size(), 80u) << line;
}

TEST(writers_text, SaysHowMuchIsKnownAndWhatIsLeftOut)
{
	const std::string text = to_text(compare(at(0), widest()));

	for (const char *words : {"nobody can be named", "not seen all through", "about to let go",
				  "too many at once", "... and 5 more (-n 0 shows all)"})
		EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
}

TEST(writers_text, AMappingThatIsSplitAndMergedIsOne)
{
	snapshot after = at(1);
	const writer_key key = writer(culprit, 101, mprotect, 1);
	after.writers.emplace().blames = {{key, hit(victim, 0x1000, 0x3000), 1},
					  {key, hit(victim, 0x2000, 0x5000), 2},
					  {key, hit(victim, 0x5000, 0x6000), 4}};

	const std::string text = to_text(compare(at(0), after));
	EXPECT_NE(text.find("1000-5000"), std::string::npos) << text;
	EXPECT_NE(text.find("5000-6000"), std::string::npos) << text;
	EXPECT_EQ(text.find("2000-"), std::string::npos) << text;
}

TEST(writers_text, AWriterIsShownWhereItSaysWhatItDid)
{
	snapshot after = at(1);
	const writer_key key = writer(culprit, 101, mprotect, 1);
	after.writers.emplace().writers = {{key, "mapper", "mprotect", {}}};
	after.writers->blames = {{key, hit(victim, 0x1000, 0x3000), 1}};
	after.writers->kernel_stacks = {{1, {"rwsem_wake", "up_write", "vm_munmap", "entry"}}};

	const std::string text = to_text(compare(at(0), after));
	EXPECT_NE(text.find(" vm_munmap\n"), std::string::npos) << text;
}

TEST(writers_text, NotAskedForIsNotZero)
{
	EXPECT_EQ(to_text(compare(at(0), at(1))).find("riter"), std::string::npos);
	EXPECT_TRUE(json::parse(to_json(compare(at(0), at(1)), true))["writers"].is_null());
}

TEST(writers_json, HoldsEveryFigure)
{
	snapshot after = at(1);
	writer_counts &counts = after.writers.emplace();
	const writer_key key = writer(culprit, 101, mprotect, 1);
	counts.writers = {{key, "thread", "mprotect", lasting(20, 3)}};
	counts.blames = {{key, hit(victim, 0x1000, 0x2000), 7}, {writer(other, 301, VMALOCK_SYSCALL_NONE), hit(victim, 0, 0), 1}};
	counts.kernel_stacks = {{1, {"do_mprotect_pkey"}}};
	counts.user_stacks = {{1, {0x401000}}};
	counts.mmap_times = {{victim, VMALOCK_MMAP_READ_FAULT, lasting(12, 2)}};

	json object = json::parse(to_json(compare(at(0), after), true))["writers"];
	json &row = object["writers"][0];
	EXPECT_EQ(object["aborts"]["seen"], 8u);
	EXPECT_EQ(row["pid"], 100u);
	EXPECT_EQ(row["tid"], 101u);
	EXPECT_EQ(row["comm"], "thread");
	EXPECT_EQ(row["syscall"], "mprotect");
	EXPECT_EQ(row["held"]["histogram"][0]["from_ns"], 1u << 20);
	EXPECT_EQ(row["held"]["total_ns"], 3u << 20);
	EXPECT_EQ(row["sites"][0]["known"], "seen");
	EXPECT_EQ(row["sites"][0]["kernel_stack"], json({"do_mprotect_pkey"}));
	EXPECT_EQ(row["sites"][0]["user_stack"], json({"0x401000"}));
	EXPECT_EQ(row["sites"][0]["victims"][0]["vm_end"], "0x2000");
	EXPECT_EQ(row["sites"][0]["victims"][0]["aborts"], 7u);
	EXPECT_TRUE(object["writers"][1]["syscall"].is_null());
	EXPECT_TRUE(object["writers"][1]["sites"][0]["victims"][0]["vm_start"].is_null());
	EXPECT_EQ(object["mmap_lock"]["processes"][0]["read_blocked_page_fault"]["count"], 2u);
	EXPECT_EQ(object["mmap_lock"]["all"]["read_blocked_page_fault"]["total_ns"], 2u << 12);
}

TEST(writers_capture, IsReadBackAsItWasWritten)
{
	const snapshot written = widest();
	std::istringstream stream(to_capture(written));
	const std::vector<snapshot> read = read_capture(stream);

	ASSERT_EQ(read.size(), 1u);
	EXPECT_EQ(to_json(compare(at(0), read[0]), true), to_json(compare(at(0), written), true));
	EXPECT_EQ(to_capture(read[0]), to_capture(written));
}

TEST(writers_capture, ANumberThatIsNoneIsRefused)
{
	snapshot made = at(1);
	made.writers.emplace().mmap_times = {{culprit, VMALOCK_MMAP_WRITE_HELD, {}}};
	const std::string written = to_capture(made), key = "\"write_held\"";
	auto with = [&](const std::string &number) {
		std::string changed = written;

		changed.replace(changed.find(key), key.size(), number);
		return std::istringstream(changed);
	};
	std::istringstream last = with("8"), none = with("9");

	EXPECT_EQ(read_capture(last).at(0).writers->mmap_times.at(0).what, VMALOCK_FAULT_BYPASSED);
	EXPECT_THROW(read_capture(none), std::runtime_error);
}

} // namespace
} // namespace vmalock::test
