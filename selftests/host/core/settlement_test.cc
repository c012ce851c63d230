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
		long long deficit = 0;

		for (const long long one : held)
			deficit += one < 0 ? -one : 0;
		return settled.settle(caller, held[caller], deficit);
	}
};

/** The first module took locks, so many, and the second released one of them. */
books handed_on(long long locks)
{
	books result;

	result.held[0] = locks;
	result.held[1] = -1;
	return result;
}

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
	books books = handed_on(1);

	EXPECT_EQ(books.unload(0).kind, VMALOCK_ACCOUNT_HANDED_ON);
	EXPECT_EQ(books.unload(1).kind, VMALOCK_ACCOUNT_OVERDRAWN);
	EXPECT_EQ(books.unload(1).kind, VMALOCK_ACCOUNT_EVEN);
}

TEST(settlement, NorIfTheOtherGoesFirst)
{
	books books = handed_on(1);

	EXPECT_EQ(books.unload(1).kind, VMALOCK_ACCOUNT_OVERDRAWN);
	EXPECT_EQ(books.unload(0).kind, VMALOCK_ACCOUNT_HANDED_ON);
}

TEST(settlement, NorIfAThirdHoldsOneAtThatMoment)
{
	books books = handed_on(1);

	books.held[2] = 1;
	EXPECT_EQ(books.unload(0).kind, VMALOCK_ACCOUNT_HANDED_ON);
	EXPECT_EQ(books.unload(2).kind, VMALOCK_ACCOUNT_LEAKED) << "the one that was handed on is accounted for";
}

TEST(settlement, ALeakBesideIsOne)
{
	books books = handed_on(3);

	const auto result = books.unload(0);
	EXPECT_EQ(result.kind, VMALOCK_ACCOUNT_LEAKED);
	EXPECT_EQ(result.locks, 2);
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
