// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The core between a receiver, senders and the shrinker; each failure; and
 * anything in any order.
 */
#include <gtest/gtest.h>

#include <random>
#include <utility>

#include "driver.hh"

namespace {

using namespace simulator;

class both : public testing::TestWithParam<vmalock_u32> {
protected:
	driver<> d{ GetParam() };
	bool old() const { return GetParam() == VMALOCK_BINDER_OLD_WAY; }
};
INSTANTIATE_TEST_SUITE_P(Ways, both, testing::Values(VMALOCK_BINDER_NEW_WAY, VMALOCK_BINDER_OLD_WAY),
			 [](const auto &way) { return way.param ? "Old" : "New"; });

std::string text(unsigned size, unsigned seed = 1)
{
	std::mt19937 random(seed);
	std::string result(size, '\0');
	for (char &byte : result)
		byte = static_cast<char>(random());
	return result;
}

TEST_P(both, DataArrives)
{
	const std::string small = text(100, 1), large = text(3 * page_size + 77, 2);

	d.map(8);
	EXPECT_EQ(d.send(small), BINDER_OK);
	EXPECT_EQ(d.w.told, 0u);
	EXPECT_EQ(d.send(large), BINDER_OK);
	EXPECT_EQ(d.w.told, 104u);
	EXPECT_EQ(d.read(0, small.size()), small);
	EXPECT_EQ(d.read(104, large.size()), large);
	d.close();
}

TEST_P(both, PagesComeAndGo)
{
	d.map(8);
	EXPECT_EQ(d.gauges().pages, 0u);
	d.send(text(2 * page_size));
	d.send(text(10));
	EXPECT_EQ(d.gauges().pages, 3u);
	EXPECT_EQ(d.reclaim(), 0u);
	d.free(0);
	EXPECT_EQ(d.gauges().reclaimable, 2u);
	EXPECT_EQ(d.gauges().buffers, 1u);
	d.send(text(page_size));
	EXPECT_EQ(d.w.events[VMALOCK_BINDER_REUSED], 1u);
	EXPECT_EQ(d.reclaim(), 1u);
	EXPECT_EQ(d.read(page_size, 1), "");
	EXPECT_EQ(d.w.events[VMALOCK_BINDER_INSTALLED], 3u);
	EXPECT_EQ(d.w.events[VMALOCK_BINDER_RECLAIMED], 1u);
	EXPECT_EQ(d.w.events[VMALOCK_BINDER_RECLAIM_TRYLOCK], 1u);
	d.close();
}

TEST_P(both, ArgumentsAreChecked)
{
	namespace core = vmalock::binder;
	binder_area *area = &d.w.area;

	EXPECT_EQ(d.send(text(1)), BINDER_NOT_MAPPED);
	EXPECT_EQ(d.free(0), BINDER_NO_BUFFER);
	EXPECT_EQ(core::map(d.env, area, mapped_at, page_size, 0, true), BINDER_NOT_PERMITTED);
	EXPECT_EQ(core::map(d.env, area, mapped_at, page_size, 1, false), BINDER_BAD_ARGUMENT);
	EXPECT_EQ(core::map(d.env, area, mapped_at, 0, 0, false), BINDER_BAD_ARGUMENT);
	EXPECT_EQ(core::map(d.env, area, mapped_at, VMALOCK_BINDER_MAX_BYTES + page_size, 0, false),
		  BINDER_BAD_ARGUMENT);
	EXPECT_EQ(core::choose(d.env, area, VMALOCK_BINDER_WAY_NR), BINDER_BAD_ARGUMENT);
	EXPECT_EQ(d.map(2), BINDER_OK);
	EXPECT_EQ(d.map(2), BINDER_MAPPED_BEFORE);
	EXPECT_EQ(d.send(0, 0), BINDER_BAD_ARGUMENT);
	EXPECT_EQ(d.send(text(2 * page_size + 1)), BINDER_NO_SPACE);
	EXPECT_EQ(d.send(1 << 20, 8), BINDER_FAULT);
	EXPECT_EQ(d.gauges().buffers, 0u);
	EXPECT_EQ(d.send(text(8)), BINDER_OK);
	EXPECT_EQ(d.free(8), BINDER_NO_BUFFER);
	EXPECT_EQ(d.free(0), BINDER_OK);
	EXPECT_EQ(d.free(0), BINDER_NO_BUFFER);
	d.unmap();
	EXPECT_EQ(d.send(text(8)), BINDER_NOT_MAPPED);
	EXPECT_EQ(d.map(2), BINDER_MAPPED_BEFORE);
	d.close();
}

TEST_P(both, ASenderThatCannotBeToldHasNoBuffer)
{
	d.map(2);
	d.w.deaf = true;
	EXPECT_EQ(d.send(text(8)), BINDER_FAULT);
	EXPECT_EQ(d.gauges().buffers, 0u);
	EXPECT_EQ(d.reclaim(), 1u);
	d.close();
}

TEST_P(both, ABufferInTransitIsNotFreed)
{
	struct frees_in_the_copy : operations {
		using operations::operations;
		bool copy_from_sender(binder_area *area, page *page, vmalock_u32 offset, vmalock_u64 data,
				      vmalock_u32 bytes)
		{
			result = vmalock::binder::free(*this, area, 0);
			return operations::copy_from_sender(area, page, offset, data, bytes);
		}
		binder_result result = BINDER_OK;
	};
	driver<frees_in_the_copy> racing(GetParam());

	racing.map(2);
	EXPECT_EQ(racing.send(text(8)), BINDER_OK);
	EXPECT_EQ(racing.env.result, BINDER_IN_TRANSIT);
	racing.close();
}

TEST_P(both, AWriterIsWaitedForBySendersOnly)
{
	d.map(4);
	d.send(text(page_size));
	d.free(0);
	d.w.writer = true;
	EXPECT_EQ(d.reclaim(), 0u);
	EXPECT_EQ(d.w.events[VMALOCK_BINDER_SKIPPED_VMA], 1u);
	EXPECT_EQ(d.send(text(2 * page_size)), BINDER_OK);
	EXPECT_EQ(d.w.events[VMALOCK_BINDER_INSERT_MMAP], old() ? 1u : 0u);
	EXPECT_EQ(d.read(0, 2 * page_size), text(2 * page_size));
	d.close();
}

TEST_P(both, TheShrinkerLeavesWhatItMayNotHave)
{
	d.map(4);
	d.send(text(page_size));
	d.free(0);
	d.w.mutex_taken = true;
	EXPECT_EQ(d.reclaim(), 0u);
	d.w.mutex_taken = false;
	d.w.exiting = true;
	EXPECT_EQ(d.reclaim(), 0u);
	d.w.exiting = false;
	EXPECT_EQ(d.w.events[VMALOCK_BINDER_SKIPPED_MUTEX], 1u);
	EXPECT_EQ(d.w.events[VMALOCK_BINDER_SKIPPED_MM], 1u);
	EXPECT_EQ(d.reclaim(), 1u);
	d.close();
}

/** Another sends to the same page, at the worst moment. */
struct second_sender : operations {
	using operations::operations;
	binder_result send(const char *text)
	{
		const std::string mine = std::exchange(w.sender, text);
		const binder_result result =
			vmalock::binder::send(*this, &w.area, 0, w.sender.size(), nullptr);
		w.sender = mine;
		return result;
	}
	page *page_alloc(binder_area *area)
	{
		if (std::exchange(before_insertion, false)) {
			EXPECT_EQ(send("second"), BINDER_OK);
		}
		return operations::page_alloc(area);
	}
	bool publish(binder_slot *slot, page *page)
	{
		if (std::exchange(before_publication, false)) {
			EXPECT_EQ(send("second"), BINDER_OK);
		}
		return operations::publish(slot, page);
	}
	bool before_insertion = false, before_publication = false;
};

TEST_P(both, OfTwoSendersOneInstallsThePage)
{
	for (bool before_insertion : { true, false }) {
		driver<second_sender> racing(GetParam());

		racing.map(2);
		racing.env.before_insertion = before_insertion;
		racing.env.before_publication = !before_insertion;
		EXPECT_EQ(racing.send("first"), BINDER_OK);
		EXPECT_EQ(racing.w.events[VMALOCK_BINDER_INSERT_FOUND], 1u);
		EXPECT_EQ(racing.w.events[VMALOCK_BINDER_INSTALLED], 1u);
		EXPECT_EQ(racing.gauges().pages, 1u);
		EXPECT_EQ(racing.read(0, 5), "first");
		EXPECT_EQ(racing.read(8, 6), "second");
		EXPECT_EQ(racing.free(0), BINDER_OK);
		EXPECT_EQ(racing.reclaim(), 0u);
		EXPECT_EQ(racing.free(8), BINDER_OK);
		EXPECT_EQ(racing.reclaim(), 1u);
		racing.close();
	}
}

/** The page was there, and is not any more: the receiver is at its mapping. */
TEST_P(both, APageThatWasThereMayBeGone)
{
	struct unmaps_meanwhile : second_sender {
		using second_sender::second_sender;
		void mmap_read_lock(binder_area *area)
		{
			if (w.table.size() && !w.writer)
				w.unmap();
			operations::mmap_read_lock(area);
		}
	};
	driver<unmaps_meanwhile> racing(GetParam());

	racing.map(2);
	racing.env.before_insertion = true;
	EXPECT_EQ(racing.send("first"), BINDER_NOT_MAPPED);
	EXPECT_EQ(racing.w.events[VMALOCK_BINDER_INSERT_FOUND], 1u);
	EXPECT_EQ(racing.gauges().buffers, 1u);
	racing.close();
}

/** As a sender or the shrinker may see it: gone or replaced, and close() to come. */
TEST_P(both, WhatIsNotTheMappingIsLeftAlone)
{
	for (bool replaced : { false, true }) {
		driver<> d(GetParam());
		vm_area_struct *instead = replaced ? &d.w.foreign : nullptr;

		d.map(4);
		d.send(text(page_size));
		d.free(0);
		d.w.unmap(instead);
		EXPECT_EQ(d.reclaim(), 0u);
		EXPECT_EQ(d.send(text(2 * page_size)), BINDER_NOT_MAPPED);
		EXPECT_EQ(d.w.events[VMALOCK_BINDER_INSERT_MISSED], 1u);
		d.unmap(instead);
		EXPECT_EQ(d.reclaim(), 1u);
		EXPECT_EQ(d.w.events[VMALOCK_BINDER_RECLAIM_GONE], 1u);
		d.close();
	}
}

TEST_P(both, AnExitingReceiverGetsNothing)
{
	d.map(4);
	d.w.exiting = true;
	EXPECT_EQ(d.send(text(1)), BINDER_NOT_MAPPED);
	d.unmap();
	EXPECT_EQ(d.send(text(1)), BINDER_NOT_MAPPED);
	d.close();
}

/** Run @p attempt with each failure; how many there were. */
template <class Attempt> unsigned each_failure(Attempt attempt)
{
	for (unsigned nth = 1;; nth++) {
		driver<> d(attempt.way);
		if (!attempt.prepare(d))
			ADD_FAILURE();
		d.w.fail(nth);
		attempt.run(d);
		const bool failed = d.w.failed;
		d.w.fail(0);
		d.w.check_books();
		// It works as if nothing had been.
		if (d.w.area.state == BINDER_NEW) {
			EXPECT_EQ(d.map(8), BINDER_OK);
		}
		EXPECT_EQ(d.send(text(5 * page_size)), BINDER_OK);
		EXPECT_EQ(d.read(d.w.told, 5 * page_size), text(5 * page_size));
		EXPECT_EQ(d.free(d.w.told), BINDER_OK);
		d.reclaim();
		d.close();
		if (!failed)
			return nth - 1;
	}
}

struct attempt {
	vmalock_u32 way;
	bool prepare(driver<> &d) { return d.map(8) == BINDER_OK; }
};

TEST_P(both, MmapUnwinds)
{
	struct mmap : attempt {
		bool prepare(driver<> &) { return true; }
		void run(driver<> &d)
		{
			const binder_result result = d.map(8);
			EXPECT_EQ(result, d.w.failed ? BINDER_NO_MEMORY : BINDER_OK);
		}
	};
	EXPECT_EQ(each_failure(mmap{ GetParam() }), 2u);
}

TEST_P(both, SendUnwinds)
{
	struct send : attempt {
		unsigned *failures;
		void run(driver<> &d)
		{
			const bool ok = d.send(text(3 * page_size)) == BINDER_OK;
			*failures += !ok;
			EXPECT_EQ(d.gauges().buffers, ok);
			if (ok)
				d.free(d.w.told);
		}
	};
	unsigned failures = 0;
	// mmget, page, VMA, insertion; copy; the answer. In the run without a
	// failure nothing fails; the three trylocks of the old way do no harm.
	EXPECT_EQ(each_failure(send{ { GetParam() }, &failures }), 12 + 3 + 1 + 3u);
	EXPECT_EQ(failures, 12 + 3 + 1 - (old() ? 3u : 0u));
}

TEST_P(both, SendOntoSharedPagesUnwinds)
{
	struct send : attempt {
		bool prepare(driver<> &d)
		{
			// The first page in use, the second on the LRU.
			return d.map(8) == BINDER_OK && d.send(text(100)) == BINDER_OK &&
			       d.send(text(page_size)) == BINDER_OK && d.free(104) == BINDER_OK;
		}
		void run(driver<> &d)
		{
			d.send(text(2 * page_size));
			EXPECT_EQ(d.read(0, 100), text(100));
			EXPECT_EQ(d.free(0), BINDER_OK);
		}
	};
	EXPECT_GT(each_failure(send{ { GetParam() } }), 5u);
}

TEST_P(both, FreeUnwinds)
{
	struct free : attempt {
		bool prepare(driver<> &d)
		{
			return attempt::prepare(d) && d.send(text(3 * page_size)) == BINDER_OK;
		}
		void run(driver<> &d)
		{
			EXPECT_EQ(d.free(0), BINDER_OK);
			EXPECT_EQ(d.gauges().reclaimable, d.w.failed ? 2u : 3u);
			EXPECT_EQ(d.w.events[VMALOCK_BINDER_UNLISTED], d.w.failed);
		}
	};
	EXPECT_EQ(each_failure(free{ { GetParam() } }), 3u);
}

TEST_P(both, ReclaimUnwinds)
{
	struct reclaim : attempt {
		bool prepare(driver<> &d)
		{
			return attempt::prepare(d) && d.send(text(3 * page_size)) == BINDER_OK &&
			       d.free(0) == BINDER_OK;
		}
		void run(driver<> &d)
		{
			const unsigned taken = d.reclaim();
			EXPECT_EQ(taken + d.w.events[VMALOCK_BINDER_SKIPPED_MM] +
					  d.w.events[VMALOCK_BINDER_SKIPPED_VMA], 3u);
		}
	};
	EXPECT_EQ(each_failure(reclaim{ { GetParam() } }), 6u);
}

TEST_P(both, AnythingInAnyOrder)
{
	for (unsigned seed = 1; seed <= 60; seed++) {
		driver<> d(GetParam());
		std::mt19937 random(seed);
		std::map<vmalock_u32, std::string> live;

		d.map(1 + random() % 8);
		for (unsigned step = 0; step < 100; step++) {
			d.w.writer = random() % 4 == 0;
			d.w.fail(random() % 3 ? 0 : 1 + random() % 20);
			switch (random() % 10) {
			default: {
				const std::string data = text(1 + random() % (2 * page_size), random());
				if (d.send(data) == BINDER_OK)
					live[d.w.told] = data;
				break;
			}
			case 5: case 6: case 7:
				if (!live.empty()) {
					const auto victim = std::next(live.begin(), random() % live.size());
					ASSERT_EQ(d.free(victim->first), BINDER_OK);
					live.erase(victim);
				}
				break;
			case 8:
				d.reclaim();
				break;
			case 9:
				if (random() % 10 == 0)
					d.unmap(random() % 2 ? &d.w.foreign : nullptr);
			}
			if (d.w.mapped != &d.w.own)
				continue;
			for (const auto &[offset, data] : live)
				ASSERT_EQ(d.read(offset, data.size()), data);
		}
		d.w.fail(0);
		d.close();
	}
}

} // namespace
