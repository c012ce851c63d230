// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which events are shown, how many of them, and how.
 */
#include "model/event_filter.hh"
#include "model/rate_limit.hh"
#include "output/events.hh"

#include <deque>
#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

namespace vmalock::test {
namespace {

using nlohmann::json;

constexpr std::uint64_t second = 1'000'000'000;

traced_event abort_of(std::string caller, std::string function)
{
	traced_event result;

	result.process = {100, 1};
	result.name = "a_very_long_nam";
	result.tid = 101;
	result.thread_name = "worker";
	result.cpu = 1;
	result.reason = "gone";
	result.caller = std::move(caller);
	result.function = std::move(function);
	result.address = 0x7f0000001234;
	result.mapping = VMALOCK_MAPPING_HEAP;
	result.vm_start = 0x7f0000001000;
	result.vm_end = 0x7f0000003000;
	return result;
}

traced_event wait_event()
{
	traced_event result;

	result.kind = VMALOCK_EVENT_WAIT;
	result.process = {100, 1};
	result.name = result.thread_name = "writer";
	result.tid = 102;
	result.reason = "detach";
	result.vm_start = 0x1000;
	result.vm_end = 0x3000;
	result.wait = {12'300'000, "munmap", 2, false};
	return result;
}

TEST(event_filter, WithoutWordsAllButWaitsAreWanted)
{
	const event_filter all;

	EXPECT_EQ(wanted_reasons(all, VMALOCK_EVENT_ABORT), (1u << VMALOCK_ABORT_REASON_NR) - 1);
	EXPECT_EQ(wanted_reasons(all, VMALOCK_EVENT_RETRY), (1u << VMALOCK_FIRST_BYPASS) - 1);
	EXPECT_EQ(wanted_reasons(all, VMALOCK_EVENT_RETRY) | wanted_reasons(all, VMALOCK_EVENT_BYPASS),
		  (1u << VMALOCK_FALLBACK_NR) - 1);
	EXPECT_EQ(wanted_reasons(all, VMALOCK_EVENT_WAIT), 0u);
	EXPECT_TRUE(wanted(all, abort_of("page fault", "do_user_addr_fault")));
	EXPECT_FALSE(wanted(all, wait_event()));
}

TEST(event_filter, AKindLeavesOutTheOthers)
{
	event_filter filter;

	filter.kinds = {"bypass", "wait"};
	EXPECT_EQ(wanted_reasons(filter, VMALOCK_EVENT_ABORT), 0u);
	EXPECT_EQ(wanted_reasons(filter, VMALOCK_EVENT_RETRY), 0u);
	EXPECT_EQ(wanted_reasons(filter, VMALOCK_EVENT_BYPASS),
		  1u << VMALOCK_BYPASS_KERNEL | 1u << VMALOCK_BYPASS_GUP);
	EXPECT_EQ(wanted_reasons(filter, VMALOCK_EVENT_WAIT), 3u);
	EXPECT_FALSE(wanted(filter, abort_of("page fault", "do_user_addr_fault")));
	EXPECT_TRUE(wanted(filter, wait_event()));
}

TEST(event_filter, AReasonIsThatOfEveryKindThatHasIt)
{
	event_filter filter;

	filter.reasons = {"gone", "io"};
	EXPECT_EQ(wanted_reasons(filter, VMALOCK_EVENT_ABORT), 1u << VMALOCK_ABORT_GONE);
	EXPECT_EQ(wanted_reasons(filter, VMALOCK_EVENT_RETRY),
		  1u << VMALOCK_RETRY_GONE | 1u << VMALOCK_RETRY_IO);
	EXPECT_EQ(wanted_reasons(filter, VMALOCK_EVENT_BYPASS), 0u);
	filter.kinds = {"wait"};
	filter.reasons = {"write"};
	EXPECT_FALSE(wanted(filter, wait_event())) << "it is a detach";
}

TEST(event_filter, ACallerIsAKindOfCodeOrAFunction)
{
	event_filter filter;

	filter.callers = {"madvise", "binder_alloc"};
	EXPECT_EQ(wanted_reasons(filter, VMALOCK_EVENT_RETRY), 0u) << "they have none";
	EXPECT_TRUE(wanted(filter, abort_of("madvise", "madvise_lock")));
	EXPECT_TRUE(wanted(filter, abort_of("binder", "binder_alloc")));
	EXPECT_TRUE(wanted(filter, abort_of("binder", "binder_alloc.isra.0")));
	EXPECT_FALSE(wanted(filter, abort_of("binder", "binder_alloc_more")));
	EXPECT_FALSE(wanted(filter, abort_of("page fault", "do_user_addr_fault")));
}

TEST(event_filter, NamesAreCutAsTheKernelDoes)
{
	event_filter filter;

	filter.name = "a_very_long_name";
	EXPECT_TRUE(wanted(filter, abort_of("madvise", "")));
	filter.name = "a_very_long";
	EXPECT_FALSE(wanted(filter, abort_of("madvise", "")));
}

TEST(event_filter, OffersEachKindAndEachReasonOnce)
{
	const std::vector<std::string> offered = event_reasons();

	for (auto kind : {VMALOCK_EVENT_ABORT, VMALOCK_EVENT_RETRY, VMALOCK_EVENT_BYPASS,
			  VMALOCK_EVENT_WAIT})
		for (std::string_view reason : reasons_of(kind))
			EXPECT_EQ(std::ranges::count(offered, reason), reason.empty() ? 0 : 1) << reason;
	EXPECT_EQ(event_kinds(), (std::vector<std::string>{"abort", "retry", "bypass", "wait"}));
}

/** However they come: no second sees more than two of them, nor is one wasted. */
TEST(rate_limit, HoldsForEverySecond)
{
	for (unsigned seed = 1; seed <= 20; seed++) {
		SCOPED_TRACE("seed " + std::to_string(seed));
		std::mt19937_64 random(seed);
		const std::uint64_t rate = 1 + random() % 300, start = random() % (1000 * second);
		rate_limit limit(rate);
		std::deque<std::uint64_t> last_second;
		std::uint64_t now = start, passed = 0, offered = 0;

		while (now < start + 20 * second) {
			// In bursts, often with pauses, always more than may pass.
			for (std::uint64_t burst = 1 + random() % (2 * rate); burst; burst--) {
				offered++;
				if (!limit.pass(now))
					continue;
				passed++;
				last_second.push_back(now);
			}
			while (!last_second.empty() && last_second.front() + second <= now)
				last_second.pop_front();
			ASSERT_LE(last_second.size(), 2 * rate);
			ASSERT_LE(passed, rate + (now - start) * rate / second);
			now += 1 + random() % (second / 2);
		}
		EXPECT_GE(passed, 15 * rate) << "of " << offered;
	}
}

TEST(rate_limit, AFullBucketIsOneSecondAndNoMore)
{
	rate_limit limit(3);
	int passed = 0;

	for (int i = 0; i < 10; i++)
		passed += limit.pass(100 * second);
	EXPECT_EQ(passed, 3);
	EXPECT_FALSE(limit.pass(100 * second + second / 3 - 1));
	EXPECT_TRUE(limit.pass(100 * second + second / 3 + 1));
	for (int i = 0; i < 10; i++)
		passed += limit.pass(100'000 * second);
	EXPECT_EQ(passed, 6);
}

TEST(rate_limit, ZeroIsNone)
{
	rate_limit limit(0);

	for (int i = 0; i < 10; i++)
		EXPECT_TRUE(limit.pass(0));
}

void expect_narrow(const std::string &text)
{
	std::istringstream lines(text);
	std::string line;

	while (std::getline(lines, line)) {
		EXPECT_LE(line.size(), 80u) << line;
		EXPECT_EQ(line.find('\x1b'), line.npos) << line;
	}
}

TEST(event_text, FitsInEightyColumns)
{
	traced_event event = abort_of("a_function_with_a_name_of_forty_letters_", "the_same");

	expect_narrow(event_heading());
	event.thread_name = "0123456789abcde";
	event.tid = 4194304;
	event.cpu = 255;
	event.reason = "readers_excluded";
	event.address = 0x7fffffffffff;
	event.mapping = VMALOCK_MAPPING_FILE;
	event.file = "a library with\x1b[2J a name of 39 letters...";
	event.time_ns = 999 * second;
	expect_narrow(to_text(event, 0));
	EXPECT_NE(to_text(event, 0).find("/4194304 "), std::string::npos) << "ids are whole";
	EXPECT_EQ(to_text(event, 0).find(" abort "), event_heading().find(" EVENT "));
	event.caller = "page fault";
	expect_narrow(to_text(event, 0));
	event = wait_event();
	event.wait->waited_ns = 12'345'678'901;
	expect_narrow(to_text(event, 0));
}

TEST(event_text, SaysWhatWhereAndOfWhom)
{
	traced_event event = abort_of("page fault", "do_user_addr_fault");

	event.time_ns = 5 * second + 1'500'000;
	EXPECT_EQ(to_text(event, 5 * second),
		  "  0.001500 worker/101      1 abort  gone             7f0000001234 [heap]\n");
	event.caller = "madvise";
	EXPECT_NE(to_text(event, 0).find(" madvise [heap]\n"), std::string::npos);
	event.time_ns = 5 * second - 1000;
	EXPECT_NE(to_text(event, 5 * second).find(" -0.000001 "), std::string::npos);
	EXPECT_NE(to_text(wait_event(), 0).find(" wait   detach 12.3 ms "), std::string::npos);
}

TEST(event_text, WhatIsMissingIsSaidByCause)
{
	missing_events missing;
	traced_total total;

	EXPECT_EQ(to_text(missing), "");
	missing.left_out = 1234;
	missing.lost.maps[VMALOCK_LOSS_EVENTS_FULL] = 5;
	missing.lost.skipped = {{"handle_mm_fault_exit", 6}, {"never", 0}};
	EXPECT_EQ(to_text(missing), "-- 1,234 events left out by --rate\n"
				    "-- lost: 5 events that were not fetched in time\n"
				    "-- lost: 6 calls of handle_mm_fault_exit (program busy)\n");
	EXPECT_NE(to_text(total).find("Lost: nothing."), std::string::npos);
	total.missing = missing;
	total.shown = {1000, 200, 0, 1};
	const std::string text = to_text(total);
	for (const char *words : {"== 1,201 events in ", "\nShown: 1,000 abort, 200 retry, 1 wait.\n",
				  "Left out by --rate: 1,234 events.\n", " 5 events that were not"})
		EXPECT_NE(text.find(words), std::string::npos) << words << " in " << text;
	total.shown.fill(99'999'999);
	total.seconds = 86400;
	total.kernel = "6.12.107-a-kernel-with-a-name-of-many-letters";
	expect_narrow(to_text(total));
}

TEST(event_json, UnknownIsNull)
{
	const json abort = json::parse(to_json(abort_of("page fault", "do_user_addr_fault")));
	const json wait = json::parse(to_json(wait_event()));

	EXPECT_EQ(abort["address"], "0x7f0000001234");
	EXPECT_EQ(abort["mapping"], json::parse(R"({"kind": "heap", "start": "0x7f0000001000",
						    "end": "0x7f0000003000", "file": null})"));
	EXPECT_TRUE(abort["wait"].is_null());
	for (const char *field : {"address", "cpu", "caller", "function"})
		EXPECT_TRUE(wait[field].is_null()) << field;
	EXPECT_TRUE(wait["mapping"]["kind"].is_null());
	EXPECT_EQ(wait["wait"], json::parse(R"({"ns": 12300000, "system_call": "munmap",
						"readers": 2, "interrupted": false})"));
}

TEST(event_json, NamesMayBeAnyBytes)
{
	traced_event event = abort_of("page fault", "");

	event.name = "\xff\n\"";
	EXPECT_EQ(json::parse(to_json(event))["name"], "\ufffd\n\"");
}

} // namespace
} // namespace vmalock::test
