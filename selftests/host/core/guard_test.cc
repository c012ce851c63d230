// SPDX-License-Identifier: GPL-2.0-only
/** @file The C++ guard releases what it holds, once. */
#include <vector>

#include <gtest/gtest.h>

#include <vmalock/vma_read_lock.hh>

namespace {

struct books {
	struct vma {};

	void vma_end_read(vma *vma) { released.push_back(vma); }

	std::vector<vma *> released;
};

using vmalock::vma_read_lock;

TEST(guard, ReleasesAtTheEndOfItsScope)
{
	books env;
	books::vma vma;
	{
		vma_read_lock lock(env, &vma);
		EXPECT_TRUE(lock);
		EXPECT_EQ(lock.get(), &vma);
		EXPECT_TRUE(env.released.empty());
	}
	EXPECT_EQ(env.released, std::vector{ &vma });
}

TEST(guard, ReleasesOnceWhenToldTo)
{
	books env;
	books::vma vma;
	{
		vma_read_lock lock(env, &vma);
		lock.unlock();
		EXPECT_EQ(env.released, std::vector{ &vma });
		EXPECT_FALSE(lock);
		EXPECT_EQ(lock.get(), nullptr);
		lock.unlock();
	}
	EXPECT_EQ(env.released.size(), 1u);
}

TEST(guard, HasNothingToReleaseOfNothing)
{
	books env;
	{
		vma_read_lock lock(env, static_cast<books::vma *>(nullptr));
		EXPECT_FALSE(lock);
	}
	EXPECT_TRUE(env.released.empty());
}

} // namespace
