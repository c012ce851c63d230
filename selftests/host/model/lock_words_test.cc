// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the words of an mmap_lock can mean: each rule of kernel/locking/rwsem.c and
 * rwbase_rt.c, with a neighbour to which it must not apply.
 */
#include "model/lock_words.hh"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "model/words.hh"
#include "output/decoded.hh"

namespace vmalock::test {
namespace {

using nlohmann::json;
using state = mmap_lock_state;
using readings = std::vector<mmap_lock_reading>;

constexpr std::uint64_t task = 0xffff888100200000, reader = task | 1;

readings of(std::uint64_t count, std::optional<std::uint64_t> owner = {})
{
	const mmap_lock_words words = decode_mmap_lock(count, owner);

	EXPECT_FALSE(words.contradiction) << std::hex << count;
	return words.readings;
}

readings of_rt(std::uint32_t readers, std::optional<std::uint64_t> owner = {})
{
	const mmap_lock_words words = decode_rt_mmap_lock(readers, owner);

	EXPECT_FALSE(words.contradiction) << std::hex << readers;
	return words.readings;
}

TEST(mmap_lock, TheCountSaysWhoHasIt)
{
	EXPECT_EQ(of(0), (readings{{state::unlocked}}));
	EXPECT_EQ(of(0x300), (readings{{state::read_locked, 3, 3}, {state::unlocked, 3, 0}}));
	EXPECT_EQ(of(1), (readings{{state::write_locked}}));
	// What readers have raised while a writer has it is in passing.
	EXPECT_EQ(of(0x201), (readings{{state::write_locked, 2, 0}}));
	EXPECT_EQ(of(0x7fffffffffffff06).front(), (mmap_lock_reading{state::read_locked, (1ull << 55) - 1, (1ull << 55) - 1}));
}

TEST(mmap_lock, FlagsSayWhoWaits)
{
	EXPECT_FALSE(decode_mmap_lock(1, {}).waiters);
	EXPECT_TRUE(decode_mmap_lock(3, {}).waiters);
	EXPECT_FALSE(decode_mmap_lock(3, {}).handoff);
	EXPECT_TRUE(decode_mmap_lock(7, {}).handoff);
	EXPECT_EQ(of(2), (readings{{state::unlocked}}));
	EXPECT_EQ(of(7), (readings{{state::write_locked}}));
}

TEST(mmap_lock, SomeCountsAreNone)
{
	EXPECT_EQ(of(4), (readings{{state::corrupt}}));	// handoff to nobody
	EXPECT_EQ(of(5), (readings{{state::corrupt}}));
	for (unsigned bit = 3; bit < 8; bit++)
		EXPECT_EQ(of(1u << bit), (readings{{state::corrupt}})) << bit;
	EXPECT_EQ(of(1ull << 63), (readings{{state::miscounted}}));
	EXPECT_EQ(of(-0x100ull), (readings{{state::miscounted}})); // released once too often
	EXPECT_EQ(of(-0x100ull, task), (readings{{state::miscounted}}));
}

TEST(mmap_lock, OfAWriterTheOwnerIsWrittenSecondAndClearedFirst)
{
	EXPECT_EQ(of(1, task), (readings{{state::write_locked}}));
	EXPECT_EQ(of(1, 0), (readings{{state::write_begins}, {state::write_ends}}));
	EXPECT_EQ(of(1, reader), (readings{{state::write_begins}}));
	EXPECT_EQ(of(1, reader | 2), (readings{{state::write_begins}}));
	EXPECT_EQ(of(0x101, 0), (readings{{state::write_begins, 1, 0}, {state::write_ends, 1, 0}}));
	// So a writer is never named of a lock that is free.
	const mmap_lock_words free = decode_mmap_lock(2, task);
	EXPECT_TRUE(free.contradiction);
	EXPECT_EQ(free.readings, (readings{{state::unlocked}}));
}

TEST(mmap_lock, OfReadersTheOwnerIsTheLastThatGotIt)
{
	EXPECT_EQ(of(0x200, reader), (readings{{state::read_locked, 2, 2}, {state::unlocked, 2, 0}}));
	EXPECT_EQ(of(0x200, 0), (readings{{state::read_begins, 2, 2}, {state::unlocked, 2, 0}}));
	EXPECT_EQ(of(0x200, task), (readings{{state::downgraded, 2, 2}}));
	EXPECT_EQ(of(0, reader), (readings{{state::unlocked}}));
	EXPECT_EQ(of(0, 0), (readings{{state::unlocked}}));
}

TEST(mmap_lock, AnOwnerIsATaskAndFlags)
{
	const auto owner = [](std::uint64_t value) { return *decode_mmap_lock(0x100, value).owner; };

	EXPECT_EQ(owner(0).kind, owner_word::none);
	EXPECT_EQ(owner(task).kind, owner_word::writer);
	EXPECT_EQ(owner(task).task, task);
	EXPECT_EQ(owner(reader).kind, owner_word::reader);
	EXPECT_EQ(owner(reader).task, task);
	EXPECT_FALSE(owner(reader).flag);
	EXPECT_TRUE(owner(reader | 2).flag);
	EXPECT_EQ(owner(reader | 2).task, task);
	// CONFIG_DEBUG_RWSEMS takes the name out as that reader lets go.
	EXPECT_EQ(owner(1).kind, owner_word::reader);
	EXPECT_EQ(owner(1).task, 0u);
	for (std::uint64_t none : {task | 2, task | 4, reader | 4, std::uint64_t{2}}) {
		EXPECT_EQ(owner(none).kind, owner_word::corrupt) << none;
		EXPECT_TRUE(decode_mmap_lock(0x100, none).contradiction);
		EXPECT_EQ(decode_mmap_lock(0x100, none).readings, of(0x100));
	}
}

TEST(rt_mmap_lock, ReadersAreCountedFromTheBias)
{
	EXPECT_EQ(of_rt(0x80000000), (readings{{state::unlocked}}));
	EXPECT_EQ(of_rt(0x80000003), (readings{{state::read_locked, 3, 3}}));
	EXPECT_EQ(of_rt(3), (readings{{state::write_waiting, 3, 3}, {state::write_given_up, 3, 3}}));
	EXPECT_EQ(of_rt(0), (readings{{state::write_excluded}, {state::write_given_up}}));
	EXPECT_EQ(of_rt(0x3fffffff).front().state, state::write_waiting);
	EXPECT_EQ(of_rt(0x40000000), (readings{{state::write_locked}}));
	for (std::uint32_t none : {0x40000001u, 0x7fffffffu, 0xc0000000u, 0xffffffffu})
		EXPECT_EQ(of_rt(none), (readings{{state::miscounted}})) << none;
	EXPECT_EQ(of_rt(0xbfffffff).front().state, state::read_locked);
}

TEST(rt_mmap_lock, TheBiasIsOffOnlyWhileAWriterHasTheRtmutex)
{
	for (std::uint32_t value : {0u, 3u, 0x40000000u}) {
		EXPECT_EQ(of_rt(value, task | 1), of_rt(value));
		for (std::uint64_t nobody : {0, 1})
			EXPECT_TRUE(decode_rt_mmap_lock(value, nobody).contradiction) << value;
	}
	// Others can have it for a moment, or nobody.
	for (std::uint32_t value : {0x80000000u, 0x80000001u})
		for (std::uint64_t owner : {std::uint64_t{0}, std::uint64_t{1}, task})
			EXPECT_EQ(of_rt(value, owner), of_rt(value));
}

TEST(rt_mmap_lock, BitZeroOfTheOwnerSaysThatTasksWait)
{
	const auto owner = [](std::uint64_t value) { return *decode_rt_mmap_lock(0x80000000, value).owner; };

	EXPECT_EQ(owner(task | 1).kind, owner_word::task);
	EXPECT_EQ(owner(task | 1).task, task);
	EXPECT_TRUE(owner(task | 1).flag);
	EXPECT_FALSE(owner(task).flag);
	EXPECT_EQ(owner(1).kind, owner_word::none);
	EXPECT_TRUE(owner(1).flag);
	EXPECT_EQ(owner(task | 2).kind, owner_word::corrupt);
	EXPECT_TRUE(decode_rt_mmap_lock(0x80000000, task | 2).contradiction);
}

/** All values of which something else is shown, with all owners. */
std::vector<decoded_mmap_lock> every_kind()
{
	std::vector<decoded_mmap_lock> result;
	const std::optional<std::uint64_t> owners[] = {{}, 0, 1, 3, task, reader, reader | 2, task | 2, -1, -8};

	for (const auto &owner : owners) {
		for (std::uint64_t count : {0x0ull, 0x1ull, 0x2ull, 0x3ull, 0x4ull, 0x6ull, 0x7ull, 0x100ull, 0x107ull,
					    0x7ffffffffffff07ull, 0x7fffffffffffff06ull, -0x100ull})
			result.push_back({decode_mmap_lock(count, owner), 0xffffffffffffffff});
		for (std::uint32_t readers : {0u, 1u, 0x3fffffffu, 0x40000000u, 0x40000001u, 0x80000000u, 0x80000001u,
					      0xbfffffffu, 0xffffffffu})
			result.push_back({decode_rt_mmap_lock(readers, owner), {}});
	}
	return result;
}

TEST(mmap_lock_text, FitsInEightyColumnsAndShowsEveryReading)
{
	std::set<state> met;

	for (const decoded_mmap_lock &decoded : every_kind()) {
		const std::string text = to_text(decoded);
		std::istringstream lines(text);
		for (std::string line; std::getline(lines, line);)
			EXPECT_LE(line.size(), 80u) << line;
		for (const mmap_lock_reading &reading : decoded.words.readings) {
			met.insert(reading.state);
			EXPECT_NE(text.find("\n  " + std::string(word_for(reading.state)) + "\n"), text.npos) << text;
			EXPECT_EQ(text.find(std::to_string(reading.references) + " re") != text.npos,
				  reading.references != 0)
				<< text;
		}
		EXPECT_EQ(text.find("Without owner, it means:") != text.npos, decoded.words.contradiction) << text;
	}
	EXPECT_EQ(met.size(), static_cast<std::size_t>(state::nr)) << "a state that no value has";
}

TEST(mmap_lock_text, EveryStateHasWordsOfItsOwn)
{
	std::set<std::string_view> words, keys, explanations;

	for (int i = 0; i < static_cast<int>(state::nr); i++) {
		words.insert(word_for(static_cast<state>(i)));
		keys.insert(key_for(static_cast<state>(i)));
		explanations.insert(explain(static_cast<state>(i)));
	}
	for (const auto &set : {words, keys, explanations}) {
		EXPECT_EQ(set.size(), static_cast<std::size_t>(state::nr));
		EXPECT_FALSE(set.contains("unknown"));
	}
}

bool says(const decoded_mmap_lock &decoded, const char *what)
{
	const std::string text = to_text(decoded);

	return text.find(what) != text.npos;
}

TEST(mmap_lock_text, SaysWhatTheOwnerIsWorth)
{
	EXPECT_TRUE(says({decode_mmap_lock(0x100, reader), {}}, "may have let go"));
	EXPECT_FALSE(says({decode_mmap_lock(1, task), {}}, "may have let go"));
	EXPECT_TRUE(says({decode_mmap_lock(0x100, reader), {}}, "\n0xffff888100200000."));
	EXPECT_TRUE(says({decode_mmap_lock(0, task), {}}, "not read at one moment"));
	EXPECT_FALSE(says({decode_mmap_lock(0, 2), {}}, "not read at one moment"));
	EXPECT_TRUE(says({decode_rt_mmap_lock(3, task), {}}, "the writer is task_struct"));
	EXPECT_FALSE(says({decode_rt_mmap_lock(0x80000003, task), {}}, "the writer is task_struct"));
}

TEST(mmap_lock_text, NamesThirtyTwoBitsWhereTheCountIsImpossible)
{
	EXPECT_TRUE(says({decode_mmap_lock(0x80000000, {}), {}}, "32-bit kernels"));
	EXPECT_FALSE(says({decode_mmap_lock(0x40000000, {}), {}}, "32-bit kernels"));
	EXPECT_TRUE(says({decode_mmap_lock(0x40000100, {}), {}}, "32-bit kernels"));
}

TEST(mmap_lock_json, HasTheFieldsThatAreDocumented)
{
	EXPECT_EQ(json::parse(to_json({decode_mmap_lock(0x103, reader), {}})), json::parse(R"({
		"schema": 1, "lock": "rwsem", "value": "0x103", "contradiction": false, "waiters": true, "handoff": false,
		"owner": {"value": "0xffff888100200001", "kind": "reader", "task": "0xffff888100200000", "flag": false},
		"readings": [{"state": "write_begins", "references": 1, "readers_max": 0}]})"));
	EXPECT_EQ(json::parse(to_json({decode_rt_mmap_lock(0x80000001, {}), {}})), json::parse(R"({
		"schema": 1, "lock": "rwbase_rt", "value": "0x80000001", "contradiction": false, "waiters": null,
		"handoff": null, "owner": null,
		"readings": [{"state": "read_locked", "references": 1, "readers_max": 1}]})"));
}

} // namespace
} // namespace vmalock::test
