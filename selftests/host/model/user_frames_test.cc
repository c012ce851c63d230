// SPDX-License-Identifier: GPL-2.0-only
/*
 * The named frames of user stacks, from a snapshot to what is shown.
 */
#include "output/user_frames.hh"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "made.hh"
#include "recording/capture.hh"
#include "output/output.hh"

namespace vmalock::test {
namespace {

using nlohmann::json;

constexpr process_id one = {100, 1}, two = {200, 2}, victim = {300, 3};
const user_frame named = {0x401000, "main", "/usr/bin/one", 0x1000, "c0ffee"},
		 nameless = {0x402000, "", "/usr/lib/libx.so.1", 0x2000, ""},
		 bare = {0x403000, "", "", 0, ""};

/** One stack of two processes that have not the same program. */
snapshot two_programs()
{
	snapshot after = at(1);
	writer_counts &counts = after.writers.emplace();
	const writer_key first = {one, 100, 10, VMALOCK_STACK_NONE, 7, VMALOCK_WRITER_SEEN},
			 second = {two, 200, 10, VMALOCK_STACK_NONE, 7, VMALOCK_WRITER_SEEN};

	counts.writers = {{first, "one", "mprotect", {}}, {second, "two", "mprotect", {}}};
	counts.blames = {{first, {victim, 1, 2, fault_handler, "", VMALOCK_ABORT_GONE}, 2},
			 {second, {victim, 1, 2, fault_handler, "", VMALOCK_ABORT_GONE}, 1}};
	counts.user_stacks = {{7, {0x401000, 0x402000}}};
	counts.named_stacks = {{one, 7, {named, nameless}}};
	waiting_writer &waiting = after.waits.emplace().emplace_back();
	waiting.id = one;
	waiting.count = 1;
	reader_row &reader = waiting.in_the_way.emplace_back();
	reader.count = 1;
	reader.user_stack = {0x401000};
	reader.user_frames = {named};
	return after;
}

TEST(user_frames, AreOfTheProcessThatTheyWereReadFrom)
{
	report report = compare(at(0), two_programs());

	ASSERT_EQ(report.writers->writers.size(), 2u);
	EXPECT_EQ(report.writers->writers[0].sites[0].user_frames, (user_frames{named, nameless}));
	EXPECT_EQ(report.writers->writers[1].sites[0].user_stack, (std::vector<std::uint64_t>{0x401000, 0x402000}));
	EXPECT_TRUE(report.writers->writers[1].sites[0].user_frames.empty()) << "its stack has the same number";
}

TEST(user_frames, AreShownWithAllThatIsKnown)
{
	json object = json::parse(to_json(compare(at(0), two_programs()), true));
	json frames = object["writers"]["writers"][0]["sites"][0]["user_frames"];

	EXPECT_EQ(frames[0], json({{"address", "0x401000"}, {"function", "main"}, {"file", "/usr/bin/one"},
				   {"offset", "0x1000"}, {"build_id", "c0ffee"}}));
	EXPECT_TRUE(frames[1]["function"].is_null());
	EXPECT_TRUE(frames[1]["build_id"].is_null());
	EXPECT_TRUE(object["writers"]["writers"][1]["sites"][0]["user_frames"].is_null()) << "not named";
	EXPECT_EQ(object["waits_for_readers"]["writers"][0]["in_the_way"][0]["user_frames"][0]["function"], "main");
}

TEST(user_frames, AreCalledByTheMostThatIsKnown)
{
	EXPECT_EQ(name_of(named), "main");
	EXPECT_EQ(name_of(nameless), "libx.so.1+0x2000");
	EXPECT_EQ(name_of(bare), "0x403000");
}

TEST(user_frames, OnlyAWholeStackOfBareAddressesIsOfAProcessThatWasGone)
{
	EXPECT_TRUE(process_was_gone({bare, bare}));
	EXPECT_FALSE(process_was_gone({bare, nameless}));
	EXPECT_FALSE(process_was_gone({})) << "nobody asked";
}

TEST(user_frames, AreReadBackFromACaptureAndOlderOnesHaveNone)
{
	const std::string written = to_capture(two_programs());
	std::istringstream stream(written);
	EXPECT_EQ(to_capture(read_capture(stream).at(0)), written);

	json older = json::parse(written);
	older["writers"].erase("named_stacks");
	older["waits"][0]["in_the_way"][0].erase("user_frames");
	std::istringstream old(older.dump());
	const snapshot read = read_capture(old).at(0);
	EXPECT_TRUE(read.writers->named_stacks.empty());
	EXPECT_TRUE(read.waits->at(0).in_the_way.at(0).user_frames.empty());
}

} // namespace
} // namespace vmalock::test
