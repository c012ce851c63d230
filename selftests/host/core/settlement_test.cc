// SPDX-License-Identifier: GPL-2.0-only
/** @file What is said of a module that goes, by the counts of all of them. */
#include <gtest/gtest.h>

#include "core/settlement.hh"

namespace {

using vmalock::settlement;

struct books {
	settlement settled{};
	long long held[VMALOCK_CALLERS] = {};

	auto unload(unsigned caller)
	{
		long long all = 0;

		for (const long long one : held)
			all += one;
		return settled.settle(caller, held[caller], all);
	}
};

TEST(settlement, ALeakIsToldOnce)
{
	books books;

	books.held[0] = 2;
	EXPECT_EQ(books.unload(0).kind, VMALOCK_ACCOUNT_LEAKED);
	EXPECT_EQ(books.unload(0).kind, VMALOCK_ACCOUNT_EVEN) << "it came back, and did no wrong";
	books.held[0] = 5;
	const auto again = books.unload(0);
	EXPECT_EQ(again.kind, VMALOCK_ACCOUNT_LEAKED);
	EXPECT_EQ(again.locks, 3);
}

TEST(settlement, WhatAnotherModuleReleasedIsNoLeak)
{
	books books;

	books.held[0] = 1;
	books.held[1] = -1;
	EXPECT_EQ(books.unload(0).kind, VMALOCK_ACCOUNT_HANDED_ON);
	EXPECT_EQ(books.unload(1).kind, VMALOCK_ACCOUNT_OVERDRAWN);
	EXPECT_EQ(books.unload(1).kind, VMALOCK_ACCOUNT_EVEN);
}

TEST(settlement, TheLeakOfOneIsNotThatOfAnother)
{
	books books;

	books.held[0] = 1;
	EXPECT_EQ(books.unload(0).kind, VMALOCK_ACCOUNT_LEAKED);
	books.held[1] = 1;
	books.held[2] = -1;
	EXPECT_EQ(books.unload(1).kind, VMALOCK_ACCOUNT_HANDED_ON) << "what leaked before is settled";
}

TEST(settlement, WhoReleasesAsOftenAsItLocksIsEven)
{
	books books;

	books.held[1] = 7;
	EXPECT_EQ(books.unload(0).kind, VMALOCK_ACCOUNT_EVEN);
}

} // namespace
