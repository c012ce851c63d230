// SPDX-License-Identifier: GPL-2.0-only
/** @file Space in the area, against a map that does the same byte by byte. */
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "callers/binder/allocator.hh"

namespace {

using namespace vmalock::binder;

class allocator : public testing::Test {
protected:
	static constexpr vmalock_u32 bytes = 4 << 12;

	allocator() : buffers_(VMALOCK_BINDER_MAX_BUFFERS)
	{
		area.page_shift = 12;
		area.pages = 4;
		area.buffers = buffers_.data();
	}

	/** The offset, or -1. */
	long take(vmalock_u32 size)
	{
		const binder_buffer *buffer = take_space(&area, size);
		return buffer ? long(buffer->offset) : -1;
	}
	bool give(vmalock_u32 offset)
	{
		binder_buffer *buffer = find_buffer(&area, offset);
		if (buffer)
			give_space(&area, buffer);
		return buffer;
	}

	binder_area area = {};

private:
	std::vector<binder_buffer> buffers_;
};

TEST_F(allocator, TakesTheFirstGapThatFits)
{
	EXPECT_EQ(take(100), 0);
	EXPECT_EQ(take(8), 104);
	EXPECT_EQ(take(50), 112);
	EXPECT_EQ(take(1), 168);
	EXPECT_TRUE(give(104));
	EXPECT_TRUE(give(112));
	EXPECT_EQ(take(65), 176);
	EXPECT_EQ(take(64), 104);
	EXPECT_EQ(take(8), 248);
}

TEST_F(allocator, TakesAllAndNotMore)
{
	EXPECT_EQ(take(bytes + 1), -1);
	EXPECT_EQ(take(~0u), -1);
	EXPECT_EQ(take(bytes - 7), 0);
	EXPECT_EQ(take(1), -1);
	EXPECT_TRUE(give(0));
	EXPECT_EQ(take(bytes - 8), 0);
	EXPECT_EQ(take(9), -1);
	EXPECT_EQ(take(8), bytes - 8);
}

TEST_F(allocator, HasRoomForSoManyBuffersOnly)
{
	for (unsigned number = 0; number < VMALOCK_BINDER_MAX_BUFFERS; number++)
		ASSERT_EQ(take(1), 8 * long(number));
	EXPECT_EQ(take(1), -1);
	EXPECT_TRUE(give(80));
	EXPECT_EQ(take(8), 80);
}

TEST_F(allocator, KnowsBuffersByTheirStartOnly)
{
	take(100);
	take(100);
	for (vmalock_u32 offset : { 1, 8, 96, 103, 105, 208, 4096 })
		EXPECT_FALSE(give(offset)) << offset;
	EXPECT_TRUE(give(104));
	EXPECT_FALSE(give(104));
	EXPECT_TRUE(give(0));
	EXPECT_EQ(area.buffer_count, 0u);
}

TEST_F(allocator, AgreesWithAMapOfBytes)
{
	std::mt19937 random(1);
	std::vector<bool> taken(bytes);
	std::map<vmalock_u32, vmalock_u32> live;

	for (unsigned step = 0; step < 20000; step++) {
		if (random() % 2) {
			const vmalock_u32 size = 1 + random() % 900, rounded = (size + 7) & ~7u;
			long wanted = -1;
			vmalock_u32 run = 0;
			for (vmalock_u32 byte = 0; byte < bytes && wanted < 0; byte++) {
				run = taken[byte] ? 0 : run + 1;
				if (run == rounded)
					wanted = long(byte) + 1 - rounded;
			}
			ASSERT_EQ(take(size), wanted);
			if (wanted >= 0) {
				live[wanted] = rounded;
				std::fill_n(taken.begin() + wanted, rounded, true);
			}
		} else if (!live.empty()) {
			auto victim = std::next(live.begin(), random() % live.size());
			ASSERT_TRUE(give(victim->first));
			std::fill_n(taken.begin() + victim->first, victim->second, false);
			live.erase(victim);
		}
		ASSERT_EQ(area.buffer_count, live.size());
	}
}

} // namespace
