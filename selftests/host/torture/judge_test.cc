// SPDX-License-Identifier: GPL-2.0-only
/*
 * The judge of the torture: each fault is seen, and nothing that can be right is one.
 */
#include <gtest/gtest.h>

#include "torture/draws.hh"
#include "torture/judge.hh"

using namespace vmalock::torture;

namespace {

constexpr unsigned page_shift = 12;
constexpr std::uint64_t page = 1 << page_shift, address = 0x10000;
constexpr std::uint32_t mapped = VMALOCK_TORTURE_MAPPED, writable = mapped | VMALOCK_TORTURE_WRITABLE;

constexpr seen_vma vma = {address, address + 4 * page, true, true};

vmalock_torture_fault judge_stable(const seen_vma *found, std::uint32_t state, bool may_fail = false)
{
	return judge_call(address + page, found, may_fail, {4, state}, {4, state});
}

TEST(judge, AKnownMappingIsFoundAsItIs)
{
	EXPECT_EQ(judge_stable(&vma, writable), VMALOCK_TORTURE_RIGHT);
	EXPECT_EQ(judge_stable(nullptr, 0), VMALOCK_TORTURE_RIGHT);
	EXPECT_EQ(judge_stable(nullptr, writable), VMALOCK_TORTURE_NOT_FOUND);
	EXPECT_EQ(judge_stable(nullptr, writable, true), VMALOCK_TORTURE_RIGHT) << "a trylock may fail";
	EXPECT_EQ(judge_stable(&vma, 0), VMALOCK_TORTURE_NOT_MAPPED);
	EXPECT_EQ(judge_stable(&vma, mapped), VMALOCK_TORTURE_OLD_FLAGS);
}

TEST(judge, NothingIsKnownOfAPageThatChanged)
{
	for (const auto &[before, after] : {std::pair<sighting, sighting>{{4, 0}, {6, 0}}, {{5, 0}, {5, 0}}, {{4, 0}, {5, 0}}}) {
		EXPECT_EQ(judge_call(address, &vma, false, before, after), VMALOCK_TORTURE_RIGHT);
		EXPECT_EQ(judge_call(address, nullptr, false, {before.generation, writable}, after), VMALOCK_TORTURE_RIGHT);
	}
}

TEST(judge, AWrongVmaIsWrongWhateverChanged)
{
	const seen_vma below = {address - page, address, true, true}, above = {address + page, address + 2 * page, true, true};
	const seen_vma of_another = {address, address + page, true, false};

	EXPECT_EQ(judge_call(address, &below, true, {5, 0}, {7, 0}), VMALOCK_TORTURE_WRONG_RANGE);
	EXPECT_EQ(judge_call(address, &above, true, {5, 0}, {7, 0}), VMALOCK_TORTURE_WRONG_RANGE);
	EXPECT_EQ(judge_call(address, &of_another, true, {5, 0}, {7, 0}), VMALOCK_TORTURE_WRONG_MM);
}

TEST(judge, TheNextIsTheFirst)
{
	const sighting pages[] = {{2, 0}, {2, 0}, {2, writable}, {2, writable}};
	const seen_vma third = {address + 2 * page, address + 4 * page, true, true};
	const seen_vma fourth = {address + 3 * page, address + 4 * page, true, true};
	const seen_vma second = {address + page, address + 4 * page, true, true};
	const seen_vma read_only = {address + 2 * page, address + 4 * page, false, true};
	const seen_vma beyond = {address + 4 * page, address + 5 * page, true, true};
	auto judge = [&](const seen_vma *found, bool may_fail = false) {
		return judge_next(address, address + 4 * page, found, may_fail, page_shift, pages, pages);
	};

	EXPECT_EQ(judge(&third), VMALOCK_TORTURE_RIGHT);
	EXPECT_EQ(judge(&fourth), VMALOCK_TORTURE_SKIPPED);
	EXPECT_EQ(judge(&second), VMALOCK_TORTURE_NOT_MAPPED);
	EXPECT_EQ(judge(&read_only), VMALOCK_TORTURE_OLD_FLAGS);
	EXPECT_EQ(judge(&beyond), VMALOCK_TORTURE_WRONG_RANGE);
	EXPECT_EQ(judge(nullptr), VMALOCK_TORTURE_NOT_FOUND);
	EXPECT_EQ(judge(nullptr, true), VMALOCK_TORTURE_RIGHT);
	const sighting changed[] = {{2, 0}, {2, 0}, {4, 0}, {4, 0}};
	EXPECT_EQ(judge_next(address, address + 4 * page, nullptr, false, page_shift, pages, changed), VMALOCK_TORTURE_RIGHT);
	EXPECT_EQ(judge_next(address, address + 4 * page, &fourth, false, page_shift, pages, changed), VMALOCK_TORTURE_RIGHT);
}

TEST(judge, TheNextIsNotWhatCameBehindAnother)
{
	const seen_vma third = {address + 2 * page, address + 4 * page, true, true};
	const sighting before[] = {{2, 0}, {2, 0}, {2, writable}, {2, writable}};
	auto judge = [&](const sighting &first, const sighting &met) {
		const sighting after[] = {first, {2, 0}, met, {2, writable}};

		return judge_next(address, address + 4 * page, &third, false, page_shift, before, after);
	};

	EXPECT_EQ(judge({4, writable, 10, 11}, {4, writable, 12, 13}), VMALOCK_TORTURE_SKIPPED);
	EXPECT_EQ(judge({4, writable, 12, 13}, {4, writable, 10, 11}), VMALOCK_TORTURE_RIGHT) << "it was there before";
	EXPECT_EQ(judge({4, writable, 10, 12}, {4, writable, 11, 13}), VMALOCK_TORTURE_RIGHT) << "both at once";
	EXPECT_EQ(judge({4, 0, 10, 11}, {4, writable, 12, 13}), VMALOCK_TORTURE_RIGHT) << "there is nothing";
	EXPECT_EQ(judge({5, writable, 10, 11}, {4, writable, 12, 13}), VMALOCK_TORTURE_RIGHT) << "it is going";
	EXPECT_EQ(judge({4, writable, 10, 11}, {5, writable, 12, 13}), VMALOCK_TORTURE_RIGHT) << "another change";
}

TEST(judge, WhatIsLockedStays)
{
	seen_vma shorter = vma;

	shorter.end -= page;
	EXPECT_EQ(judge_hold(vma, vma, {4, writable}, {4, writable}), VMALOCK_TORTURE_RIGHT);
	EXPECT_EQ(judge_hold(vma, shorter, {4, writable}, {4, writable}), VMALOCK_TORTURE_MOVED);
	EXPECT_EQ(judge_hold(vma, vma, {4, writable}, {5, 0}), VMALOCK_TORTURE_RIGHT) << "a writer waits";
	EXPECT_EQ(judge_hold(vma, vma, {4, writable}, {6, 0}), VMALOCK_TORTURE_REPLACED) << "it did not";
	// The one under way had it before, and the next one waits.
	EXPECT_EQ(judge_hold(vma, vma, {5, 0}, {7, 0}), VMALOCK_TORTURE_RIGHT);
	EXPECT_EQ(judge_hold(vma, vma, {5, 0}, {8, 0}), VMALOCK_TORTURE_REPLACED);
	EXPECT_EQ(judge_hold(vma, vma, {0xffffffff, 0}, {1, 0}), VMALOCK_TORTURE_RIGHT) << "it wraps";
}

TEST(draws, AreBelowTheLimitAndRepeated)
{
	draws one(7), two(7);

	for (int i = 0; i < 1000; i++) {
		const std::uint32_t drawn = one.below(10);

		EXPECT_LT(drawn, 10u);
		EXPECT_EQ(drawn, two.below(10));
	}
}

} // namespace
