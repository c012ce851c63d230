// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scrapes by many threads, answers by one.
 */
#include "exporter/scrapes.hh"

#include <atomic>
#include <gtest/gtest.h>
#include <poll.h>
#include <thread>

namespace vmalock::test {
namespace {

bool asked(const scrapes &scrapes, int milliseconds)
{
	pollfd file = {scrapes.file(), POLLIN, 0};

	return poll(&file, 1, milliseconds) == 1;
}

/** An answer that is known by its name. */
scrapes::families named(const std::string &name)
{
	return {{name, "", prometheus::MetricType::Gauge, {}}};
}

TEST(scrapes, AnAnswerIsNeverOlderThanItsQuestion)
{
	scrapes scrapes;
	std::atomic<int> now = 0;
	std::vector<std::jthread> threads;
	std::atomic<int> running = 4;

	for (int i = 0; i < 4; i++)
		threads.emplace_back([&] {
			for (int j = 0; j < 500; j++) {
				const int before = now;

				EXPECT_GT(std::stoi(scrapes.ask().at(0).name), before);
			}
			running--;
		});
	while (running)
		if (asked(scrapes, 10))
			scrapes.answer([&] { return named(std::to_string(++now)); });
}

TEST(scrapes, WhatWentWrongIsSaidUntilItWorksAgain)
{
	scrapes scrapes;
	auto one = [&](auto make) {
		std::string got;
		std::jthread thread([&] {
			try {
				got = scrapes.ask().at(0).name;
			} catch (const std::runtime_error &error) {
				got = error.what();
			}
		});
		EXPECT_TRUE(asked(scrapes, 5000));
		scrapes.answer(make);
		thread.join();
		return got;
	};

	EXPECT_EQ(one([]() -> scrapes::families { throw std::runtime_error("it broke"); }), "it broke");
	EXPECT_EQ(scrapes.problem(), "it broke");
	EXPECT_EQ(one([] { return named("fine"); }), "fine");
	EXPECT_EQ(scrapes.problem(), "");
}

TEST(scrapes, NobodyWaitsForOneWhoIsGone)
{
	scrapes scrapes;
	std::jthread thread([&] { EXPECT_THROW(scrapes.ask(), std::runtime_error); });

	EXPECT_TRUE(asked(scrapes, 5000));
	scrapes.close();
	thread.join();
	EXPECT_THROW(scrapes.ask(), std::runtime_error);
}

TEST(scrapes, WhatGoesWrongBetweenThemIsAProblemAndEndsNothing)
{
	scrapes scrapes;

	scrapes.attempt([] { throw std::runtime_error("it went wrong"); });
	EXPECT_EQ(scrapes.problem(), "it went wrong");
	scrapes.attempt([] {});
	EXPECT_EQ(scrapes.problem(), "");
}

} // namespace
} // namespace vmalock::test
