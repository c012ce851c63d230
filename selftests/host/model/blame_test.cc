// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who stalls whom: the sums, and what people, programs and flame graphs are given.
 */
#include "output/blame.hh"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

#include "made.hh"
#include "output/flamegraph.hh"

namespace vmalock::test {
namespace {

using nlohmann::json;

constexpr process_id culprit_process = {100, 1}, other_process = {200, 2}, victim = {300, 3};

times held_for(std::uint64_t ns)
{
	times result;

	result.total_ns = ns;
	return result;
}

writer_key writer(process_id process, std::uint32_t tid, std::uint32_t stack)
{
	return {process, tid, 10, stack, stack, VMALOCK_WRITER_SEEN};
}

victim_key hit(process_id process)
{
	return {process, 0x1000, 0x2000, fault_handler, "", VMALOCK_ABORT_WRITE_LOCKED};
}

/** Six aborts by "mapper" at two places, one by "decoy", three by somebody. */
writer_counts counts_of_writers()
{
	writer_counts counts;
	const writer_key first = writer(culprit_process, 101, 1), second = writer(culprit_process, 101, 2),
			 third = writer(other_process, 201, 3);

	counts.writers = {{first, "mapper", "mprotect", held_for(5'000'000)},
			  {second, "mapper", "mprotect", held_for(1'000'000)},
			  {third, "decoy", "munmap", held_for(9'000)}};
	counts.blames = {{first, hit(victim), 4}, {second, hit(victim), 1},
			 {second, hit(culprit_process), 1}, {third, hit(victim), 1},
			 {writer_key(), hit(victim), 3}};
	counts.kernel_stacks = {{1, {"do_mprotect_pkey", "entry"}}, {2, {"mprotect_fixup", "entry"}},
				{3, {"bpf_trace_run2", "__mmap_lock_do_trace_released", "do_munmap", "entry"}}};
	counts.user_stacks = {{1, {0x10, 0x20}}, {2, {0x30}}, {3, {0x40}}};
	counts.named_stacks = {{culprit_process, 1, {{0x10, "inner", "/bin/x", 0x10, "abc"},
						      {0x20, "", "/bin/x", 0x20, "abc"}}},
			       {culprit_process, 2, {{0x30, "", "", 0, ""}}}};
	return counts;
}

reader_row reader(std::uint32_t tid, const char *name, std::uint64_t count, std::uint64_t ns)
{
	reader_row row;

	row.pid = 400;
	row.tid = tid;
	row.name = name;
	row.what = "page fault: swap-in";
	row.count = count;
	row.ns = ns;
	row.stack = {"submit_bio_wait", "do_swap_page"};
	return row;
}

/** Two writers that waited for 10 ms in all, and for "slow" most of it. */
writer_waits waits()
{
	waiting_writer first, second;

	first.id = culprit_process;
	first.name = "mapper";
	first.system_call = "munmap";
	first.count = 2;
	first.ns = 7'000'000;
	first.unknown = 1;
	first.in_the_way = {reader(401, "slow", 2, 6'000'000), reader(402, "quick", 1, 1'000'000),
			    reader(403, "let go", 1, 9'000'000)};
	first.in_the_way[2].held = false;
	second = first;
	second.id = other_process;
	second.name = "other";
	second.ns = 3'000'000;
	second.unknown = 0;
	second.in_the_way = {reader(401, "slow", 1, 2'000'000)};
	return {first, second};
}

report traced()
{
	snapshot after = at(2);

	after.writers = counts_of_writers();
	after.waits = waits();
	after.names = {{victim, "victim"}, {culprit_process, "mapper"}};
	return compare(at(0), after);
}

TEST(blame, TheWriterOfMostAbortsComesFirstWithWhomItHit)
{
	const stalls writers = *blame_of(traced()).writers;

	EXPECT_EQ(writers.count, 10u);
	EXPECT_EQ(writers.unknown, 3u);
	ASSERT_EQ(writers.culprits.size(), 2u);
	const culprit &worst = writers.culprits[0];
	EXPECT_EQ(worst.name, "mapper");
	EXPECT_EQ(worst.tid, 101u);
	EXPECT_EQ(worst.doing, "mprotect");
	EXPECT_EQ(worst.function, "do_mprotect_pkey");
	EXPECT_EQ(worst.count, 6u);
	EXPECT_EQ(worst.ns, 6'000'000u);
	ASSERT_EQ(worst.victims.size(), 2u) << "its call sites hit one victim together";
	EXPECT_EQ(worst.victims[0].name, "victim");
	EXPECT_EQ(worst.victims[0].count, 5u);
	EXPECT_EQ(worst.victims[0].doing, "page fault");
	EXPECT_EQ(worst.victims[1].pid, 100u);
}

TEST(blame, TheReaderThatHeldLongestComesFirstWithWhoWaited)
{
	const stalls readers = *blame_of(traced()).readers;

	EXPECT_EQ(readers.ns, 10'000'000u);
	EXPECT_EQ(readers.unknown, 1u);
	EXPECT_EQ(readers.count, 5u) << "known and unknown, but not who had let go";
	ASSERT_EQ(readers.culprits.size(), 2u);
	EXPECT_EQ(readers.culprits[0].name, "slow");
	EXPECT_EQ(readers.culprits[0].ns, 8'000'000u) << "for both writers";
	EXPECT_EQ(readers.culprits[0].count, 3u);
	ASSERT_EQ(readers.culprits[0].victims.size(), 2u);
	EXPECT_EQ(readers.culprits[0].victims[0].name, "mapper");
	EXPECT_EQ(readers.culprits[0].victims[0].doing, "munmap");
	ASSERT_EQ(readers.stacks.size(), 2u) << "one place, whoever waited";
	EXPECT_EQ(readers.stacks[0].ns, 8'000'000u);
}

TEST(blame, WhatLiesBeyondAFrameThatIsNowhereSplitsNoStack)
{
	const user_frame call = {0x10, "call", "/bin/x", 0x10, ""}, nowhere = {0x66, "", "[unmapped]", 0x66, ""},
			 elsewhere = {0x77, "", "[unmapped]", 0x77, ""};
	snapshot after = at(1);
	writer_counts &counts = after.writers.emplace(counts_of_writers());
	counts.kernel_stacks[1].functions = counts.kernel_stacks[0].functions;
	counts.user_stacks = {{1, {0x10, 0x66, 0x20}}, {2, {0x10, 0x77}}, {3, {0x77}}};
	counts.named_stacks = {{culprit_process, 1, {call, nowhere, call}}, {culprit_process, 2, {call, elsewhere}},
			       {other_process, 3, {elsewhere}}};
	const stalls writers = *blame_of(compare(at(0), after)).writers;

	ASSERT_EQ(writers.stacks.size(), 2u);
	EXPECT_EQ(writers.stacks[0].user_frames, user_frames{call});
	EXPECT_EQ(writers.stacks[0].user, std::vector<std::uint64_t>{0x10});
	EXPECT_EQ(writers.stacks[0].count, 6u);
	EXPECT_EQ(writers.stacks[0].ns, 6'000'000u);
	EXPECT_EQ(writers.stacks[1].user_frames, user_frames{elsewhere}) << "the first is where it was";
}

TEST(blame, WhatWasNotTracedIsNotZero)
{
	report report = compare(at(0), at(1));
	EXPECT_FALSE(blame_of(report).writers);
	EXPECT_FALSE(blame_of(report).readers);
	EXPECT_TRUE(json::parse(to_json(blame_of(report)))["readers"].is_null());
	EXPECT_EQ(to_text(blame_of(report)).find("No writer"), std::string::npos);
}

TEST(blame_text, SaysFirstWhoIsToBlameAndHowMuchIsUnknown)
{
	const std::string text = to_text(blame_of(traced()));

	EXPECT_EQ(text.find("bpf_trace_run2"), std::string::npos) << text;
	EXPECT_TRUE(text.starts_with("mapper (thread 101) in mprotect:\n"
				     "    caused 60.0 % of 10 aborts: certain.\n"
				     "slow (thread 401), page fault: swap-in:\n"
				     "    caused 80.0 % of the 10 ms that writers waited for readers: likely.\n"))
		<< text;
	EXPECT_NE(text.find("unknown: 3 of 10 (30.0 %)"), std::string::npos) << text;
	EXPECT_NE(text.find("unknown: 1 of 5 (20.0 %)"), std::string::npos) << text;
	EXPECT_NE(text.find("Lost: nothing."), std::string::npos);
}

/** It stands elsewhere than it let go before; nobody has seen where it came from. */
TEST(blame_text, WhoHasNotLetGoIsToldApart)
{
	snapshot before = at(0), after = at(1);
	writer_key holding = writer(culprit_process, 101, 9);

	holding.state = VMALOCK_WRITER_HOLDING;
	holding.user_stack = VMALOCK_STACK_NONE;
	before.writers.emplace();
	after.writers = counts_of_writers();
	after.writers->writers.push_back({holding, "mapper", "mprotect", held_for(2'000'000'000)});
	after.writers->blames.push_back({holding, hit(victim), 1});
	after.writers->kernel_stacks.push_back({9, {"down_write", "__split_vma", "entry"}});
	const blame_report report = blame_of(compare(before, after));
	const std::string text = to_text(report);

	EXPECT_TRUE(text.starts_with("mapper (thread 101) in mprotect:\n"
				     "    caused 63.6 % of 11 aborts, and still holds mmap_lock: certain.\n"))
		<< text;
	EXPECT_NE(text.find("     certain, still holds mmap_lock, in __split_vma\n"), std::string::npos) << text;
	EXPECT_NE(text.find("mapper 101, mprotect: 1 x, 2 s so far\n"), std::string::npos) << text;
	const json holders = json::parse(to_json(report))["writers"];
	EXPECT_EQ(holders["culprits"][0]["holding"], true);
	EXPECT_EQ(holders["culprits"][1]["holding"], false);
	EXPECT_EQ(std::ranges::count(holders["stacks"], true,
				     [](const json &stack) { return stack["holding"].get<bool>(); }), 1);
}

TEST(blame_text, FramesWithoutANameKeepTheirBuildIdAndMissingOnesAreExplained)
{
	const std::string text = to_text(blame_of(traced()));

	EXPECT_NE(text.find("   user   inner (x)\n          x+0x20 abc\n"), std::string::npos) << text;
	EXPECT_NE(text.find("   user   0x30\n          (no names: the process had exited"), std::string::npos) << text;
	EXPECT_NE(text.find("   user   0x40\n          (no names: not requested"), std::string::npos) << text;
}

TEST(blame_text, TopCutsAndSaysSo)
{
	const std::string text = to_text(blame_of(traced()), {1, 1});

	EXPECT_EQ(text.find("decoy"), std::string::npos) << text;
	EXPECT_NE(text.find("... and 1 more (-n 0 shows all)"), std::string::npos) << text;
}

/** So many culprits, the worst first, each with a stack and as many victims. */
blame_report of_culprits(std::uint64_t count)
{
	stalls all;

	for (std::uint64_t i = 0; i < count; i++) {
		all.culprits.push_back({static_cast<std::uint32_t>(i + 1), 1, "writer", "mprotect", "", 1, 1000,
					std::vector<stalled>(count, {1, "victim", "", 1, 0}), false});
		all.stacks.push_back({static_cast<std::uint32_t>(i + 1), 1, "writer", "mprotect", {"down_write"},
				      {}, {}, 1, 1000, false});
	}
	all.count = count;
	return {1, "made", all, {}, {}, {}};
}

/** Lines that begin with these words. */
std::ptrdiff_t lines_with(const std::string &text, std::string_view words)
{
	std::istringstream stream(text);
	std::ptrdiff_t result = 0;

	for (std::string line; std::getline(stream, line);)
		result += line.starts_with(words);
	return result;
}

TEST(blame_text, ShowsTwentyCulpritsAndFiveStacksOrAsManyAsAreAskedFor)
{
	for (auto [count, rows, culprits, stacks, rests] :
	     {std::tuple{20u, blame_rows{}, 20, 5, 1}, {21u, blame_rows{}, 20, 5, 2},
	      {5u, blame_rows{}, 5, 5, 0}, {30u, blame_rows{0, 0}, 30, 30, 0},
	      {30u, blame_rows{7, 7}, 7, 7, 2}}) {
		const std::string text = to_text(of_culprits(count), rows);

		EXPECT_EQ(lines_with(text, "writer   "), culprits) << text;
		EXPECT_EQ(lines_with(text, "   kernel "), stacks) << text;
		EXPECT_EQ(lines_with(text, "... and "), rests) << text;
	}
	EXPECT_EQ(lines_with(to_text(of_culprits(6)), "  -> ... and 1 more (-n 0 shows all)"), 6);
	EXPECT_EQ(lines_with(to_text(of_culprits(6), {0, 0}), "  -> victim"), 6 * 6);
}

/** Everything as long, and as hostile, as it can get. */
blame_report widest()
{
	const std::string name = "</text><script>alert(1)</script>\n;\"'&\x1b[31m\xff" + std::string(100, 'n');
	const std::uint64_t most = 999'999'999;
	stalls all;

	all.count = all.unknown = most;
	all.ns = 999'999'999'999'999;
	for (int i = 0; i < 40; i++) {
		all.culprits.push_back({4194304, 4194304, name, name, name, most, all.ns,
					std::vector<stalled>(40, {4194304, name, name, most, all.ns}), true});
		all.stacks.push_back({4194304, 4194304, name, name, std::vector<std::string>(48, name),
				      std::vector<std::uint64_t>(48, ~0ull),
				      user_frames(48, {~0ull, name, "/" + name, ~0ull, std::string(40, 'b')}), most, all.ns, true});
	}
	all.stacks[1].user_frames = user_frames(48, {~0ull, "", "/" + name, ~0ull, std::string(40, 'b')});
	all.stacks[2].user_frames.clear();
	return {9999, name, all, all, {}, {"miss (it leaves no trace)"}};
}

TEST(blame_text, FitsInEightyColumnsAndCannotCommandTheTerminal)
{
	std::istringstream text(to_text(widest(), {0, 0}));

	for (std::string line; std::getline(text, line);) {
		EXPECT_LE(line.size(), 80u) << line;
		EXPECT_EQ(line.find('\x1b'), std::string::npos);
	}
}

TEST(blame_json, HoldsEveryFigure)
{
	const json object = json::parse(to_json(blame_of(traced())));
	const json &worst = object["writers"]["culprits"][0], &stack = object["writers"]["stacks"][0];

	EXPECT_EQ(object["writers"]["count"], 10u);
	EXPECT_EQ(object["writers"]["unknown"], 3u);
	EXPECT_EQ(worst["name"], "mapper");
	EXPECT_EQ(worst["ns"], 6'000'000u);
	EXPECT_EQ(worst["victims"][0]["count"], 5u);
	EXPECT_EQ(stack["kernel_stack"], json({"do_mprotect_pkey", "entry"}));
	EXPECT_EQ(stack["user_stack"], json({"0x10", "0x20"}));
	EXPECT_EQ(stack["user_frames"][0]["function"], "inner");
	EXPECT_EQ(object["writers"]["culprits"][1]["function"], "do_munmap");
	EXPECT_EQ(object["writers"]["stacks"][2]["kernel_stack"],
		  json({"do_munmap", "entry"})) << "the tracer's own frames are no part of it";
	EXPECT_EQ(object["readers"]["ns"], 10'000'000u);
	EXPECT_EQ(object["readers"]["culprits"][0]["doing"], "page fault: swap-in");
	EXPECT_EQ(json::parse(to_json(widest()))["writers"]["culprits"].size(), 40u);
}

TEST(folded, IsWhatFlameGraphToolsRead)
{
	EXPECT_EQ(to_text(fold(blame_of(traced()), blame_weight::count)),
		  "writers;mapper;mprotect;x+0x20;inner;entry_[k];do_mprotect_pkey_[k] 4\n"
		  "writers;mapper;mprotect;0x30;entry_[k];mprotect_fixup_[k] 2\n"
		  "writers;decoy;munmap;0x40;entry_[k];do_munmap_[k] 1\n"
		  "writers;[unknown] 3\n"
		  "readers;slow;page fault: swap-in;do_swap_page_[k];submit_bio_wait_[k] 3\n"
		  "readers;quick;page fault: swap-in;do_swap_page_[k];submit_bio_wait_[k] 1\n"
		  "readers;[unknown] 1\n");
}

TEST(folded, TimeIsWhatVictimsLostInMicrosecondsAndNobodyKnowsThatOfTheUnknown)
{
	EXPECT_EQ(to_text(fold(blame_of(traced()), blame_weight::time)),
		  "readers;slow;page fault: swap-in;do_swap_page_[k];submit_bio_wait_[k] 8000\n"
		  "readers;quick;page fault: swap-in;do_swap_page_[k];submit_bio_wait_[k] 1000\n");
}

TEST(folded, NoNameEndsAFrameOrALine)
{
	for (const folded_stack &stack : fold(widest(), blame_weight::count))
		for (const std::string &frame : stack.frames)
			EXPECT_TRUE(std::ranges::all_of(frame, [](char c) {
				return c >= ' ' && c <= '~' && c != ';';
			})) << frame;
}

TEST(flamegraph, NamesStayText)
{
	const std::string svg = to_svg(fold(widest(), blame_weight::count), widest().kernel, "<aborts>");

	EXPECT_EQ(svg.find("<script>alert"), std::string::npos);
	EXPECT_NE(svg.find("&lt;/text&gt;&lt;script&gt;alert(1)"), std::string::npos);
	EXPECT_EQ(svg.find("<aborts>"), std::string::npos);
	EXPECT_EQ(svg.find('\x1b'), std::string::npos);
	EXPECT_EQ(svg.find("\"'&"), std::string::npos);
}

TEST(blame, WhereNobodyIsStalledItRemindsOfWhatBeganBefore)
{
	constexpr const char *reminder = "'vmalock now' finds it";
	blame_report nobody;

	nobody.writers.emplace();
	EXPECT_NE(to_text(nobody).find(reminder), std::string::npos);
	nobody.standing.emplace();
	EXPECT_EQ(to_text(nobody).find(reminder), std::string::npos) << "it has looked";
	EXPECT_EQ(to_text(blame_of(traced())).find(reminder), std::string::npos);
}

TEST(flamegraph, IsTheSameOfTheSame)
{
	const auto stacks = fold(blame_of(traced()), blame_weight::count);
	std::vector<folded_stack> backwards(stacks.rbegin(), stacks.rend());

	EXPECT_EQ(to_svg(stacks, "title", "aborts"), to_svg(backwards, "title", "aborts"));
	EXPECT_NE(to_svg({}, "title", "aborts").find("Nothing was stalled."), std::string::npos);
}

TEST(flamegraph, WhatIsTooNarrowIsLeftOutAndCounted)
{
	const std::string svg = to_svg({{{"wide"}, 1000000}, {{"narrow", "below"}, 1}}, "title", "aborts");

	EXPECT_EQ(svg.find("narrow\""), std::string::npos);
	EXPECT_NE(svg.find("; 1 too narrow to be drawn"), std::string::npos);
	EXPECT_EQ(to_svg({{{"wide"}, 1000}, {{"seen"}, 1}}, "title", "aborts").find("too narrow"), std::string::npos);
}

} // namespace
} // namespace vmalock::test
