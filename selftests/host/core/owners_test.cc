// SPDX-License-Identifier: GPL-2.0-only
/** @file The table of owners and the table of callers, alone and under threads. */
#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/callers.hh"
#include "core/owners.hh"

namespace {

using vmalock::callers;
using vmalock::owners;

const void *address(std::uintptr_t number)
{
	return reinterpret_cast<const void *>(number);
}

vmalock_owner hold(std::uintptr_t task, std::uintptr_t vma)
{
	vmalock_owner owner = {};

	owner.task = address(task);
	owner.vma = address(vma);
	owner.pid = static_cast<vmalock_u32>(task >> 6);
	return owner;
}

TEST(owners, KnowsWhatWasAddedAndNotRemoved)
{
	auto table = std::make_unique<owners>();
	std::multimap<std::uintptr_t, std::uintptr_t> truth;
	std::mt19937 random(42);

	for (int step = 0; step < 100000; step++) {
		const std::uintptr_t task = (random() % 64 + 1) << 6, vma = random() % 4 + 1;

		if (truth.count(task) < 3 && random() % 2) {
			ASSERT_TRUE(table->add(hold(task, vma)));
			truth.emplace(task, vma);
		} else {
			for (auto [at, end] = truth.equal_range(task); at != end; ++at)
				if (at->second == vma) {
					table->remove(address(task), address(vma));
					truth.erase(at);
					break;
				}
		}
		unsigned mine = 0, others = 0;
		for (auto [holder, held] : truth)
			(holder == task ? mine : others) += held == vma;
		ASSERT_EQ(table->holds(address(task), address(vma)), mine > 0);
		ASSERT_EQ(table->held_by_others(address(task), address(vma)), others);
	}
	EXPECT_EQ(table->untracked(), 0u);
}

TEST(owners, WhatFindsNoRoomIsCounted)
{
	auto table = std::make_unique<owners>();

	for (unsigned i = 0; i < owners::reach; i++)
		EXPECT_TRUE(table->add(hold(64, 1)));
	EXPECT_FALSE(table->add(hold(64, 1)));
	EXPECT_EQ(table->untracked(), 1u);
	table->remove(address(64), address(1));
	EXPECT_TRUE(table->add(hold(64, 1)));
}

TEST(owners, ChangesAreSeen)
{
	auto table = std::make_unique<owners>();
	const auto before = table->changes();

	table->add(hold(64, 1));
	const auto between = table->changes();
	table->remove(address(64), address(1));
	EXPECT_NE(before, between);
	EXPECT_NE(between, table->changes());
}

/** Two hold it, a third releases: the one that still does must not be told "no". */
TEST(owners, WhatAnotherTaskReleasedProvesNothing)
{
	auto table = std::make_unique<owners>();

	table->add(hold(64, 1));
	table->add(hold(128, 1));
	EXPECT_EQ(table->held_by_others(address(192), address(1)), 2u);
	const auto before = table->changes();
	table->remove(address(192), address(1));
	EXPECT_NE(before, table->changes());
	EXPECT_EQ(table->held_by_others(address(192), address(1)), 0u);
	EXPECT_TRUE(table->holds(address(64), address(1)));
}

/** The release of one could be that of a lock that another task took. */
TEST(owners, WhatFoundNoRoomIsNotToldFromWhatAnotherTaskTook)
{
	auto table = std::make_unique<owners>();

	for (unsigned i = 0; i < owners::reach + 2; i++)
		table->add(hold(64, i + 1));
	EXPECT_EQ(table->held_by_others(address(128), address(1)), 1u);
	for (unsigned i = 0; i < owners::reach + 2; i++)
		table->remove(address(64), address(i + 1));
	EXPECT_EQ(table->untracked(), 2u);
	table->add(hold(192, 1));
	EXPECT_TRUE(table->holds(address(192), address(1)));
	table->remove(address(256), address(1));
	EXPECT_EQ(table->held_by_others(address(128), address(1)), 0u) << "the entry is stale";
}

TEST(owners, ThreadsFindTheirOwnLocks)
{
	auto table = std::make_unique<owners>();
	std::atomic<bool> wrong{ false }, stop{ false };
	std::vector<std::jthread> threads;

	// A list that is read meanwhile shows whole entries only.
	std::jthread reader([&] {
		while (!stop)
			for (unsigned i = 0; i < owners::size; i++) {
				vmalock_owner seen;
				if (table->copy(i, seen) && seen.pid != reinterpret_cast<std::uintptr_t>(seen.task) >> 6)
					wrong = true;
			}
	});
	for (std::uintptr_t task = 1; task <= 4; task++)
		threads.emplace_back([&, task] {
			for (int i = 0; i < 50000; i++) {
				table->add(hold(task << 6, 7));
				table->add(hold(task << 6, 8));
				wrong = wrong || !table->holds(address(task << 6), address(7));
				table->remove(address(task << 6), address(7));
				wrong = wrong || table->holds(address(task << 6), address(7));
				table->remove(address(task << 6), address(8));
			}
		});
	threads.clear();
	stop = true;
	reader.join();
	EXPECT_FALSE(wrong);
	EXPECT_EQ(table->held_by_others(nullptr, address(7)), 0u);
}

unsigned place_of(callers &table, const void *module, const char *name)
{
	return table.place_of(module, [name] { return name; });
}

TEST(callers, AModuleIsAskedForItsNameOnce)
{
	auto table = std::make_unique<callers>();
	unsigned asked = 0;

	for (int call = 0; call < 3; call++)
		table->place_of(address(1), [&] {
			asked++;
			return "one";
		});
	EXPECT_EQ(asked, 1u);
}

TEST(callers, AModuleKeepsItsPlace)
{
	auto table = std::make_unique<callers>();

	EXPECT_EQ(table->find(address(1)), callers::shared);
	EXPECT_EQ(place_of(*table, address(1), "one"), 0u);
	EXPECT_EQ(place_of(*table, address(2), "two"), 1u);
	EXPECT_EQ(place_of(*table, address(1), "one"), 0u);
	EXPECT_STREQ(table->name(1), "two");
	EXPECT_EQ(table->name(2), nullptr);
}

TEST(callers, AModuleThatComesBackGetsItsOldPlace)
{
	auto table = std::make_unique<callers>();

	place_of(*table, address(1), "one");
	place_of(*table, address(2), "two");
	table->forget(address(1));
	EXPECT_EQ(table->find(address(1)), callers::shared);
	EXPECT_EQ(place_of(*table, address(1), "another at the same address"), 2u);
	EXPECT_EQ(place_of(*table, address(3), "one"), 0u);
}

TEST(callers, TheLastPlaceIsShared)
{
	auto table = std::make_unique<callers>();

	for (std::uintptr_t i = 0; i < VMALOCK_CALLERS + 3; i++)
		EXPECT_EQ(place_of(*table, address(i + 1), ("m" + std::to_string(i)).c_str()),
			  std::min<unsigned>(i, callers::shared));
	EXPECT_EQ(table->name(callers::shared), nullptr);
}

TEST(callers, LongNamesAreCut)
{
	auto table = std::make_unique<callers>();
	const std::string name(100, 'x');

	place_of(*table, address(1), name.c_str());
	EXPECT_EQ(table->name(0), name.substr(0, callers::name_size - 1));
	table->forget(address(1));
	EXPECT_EQ(place_of(*table, address(2), name.c_str()), 0u);
}

TEST(callers, ThreadsAgree)
{
	for (int round = 0; round < 200; round++) {
		auto table = std::make_unique<callers>();
		unsigned places[4][8];
		std::vector<std::jthread> threads;

		for (auto &mine : places)
			threads.emplace_back([&] {
				for (std::uintptr_t i = 0; i < 8; i++)
					mine[i] = place_of(*table, address(i + 1), ("m" + std::to_string(i)).c_str());
			});
		threads.clear();
		for (auto &mine : places)
			for (int i = 0; i < 8; i++) {
				ASSERT_EQ(mine[i], places[0][i]);
				ASSERT_EQ(table->name(mine[i]), "m" + std::to_string(i));
			}
	}
}

} // namespace
