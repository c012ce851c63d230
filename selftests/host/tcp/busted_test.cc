// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Proof that the books can be wrong: a bug that somebody could write, made by
 * laying one broken operation over the environment, is caught for what it is.
 */
#include <gtest/gtest.h>

#include "checked_stream.hh"

namespace {

using namespace tcp_simulator;

constexpr unsigned long range = 64 * page_size;

/** The first complaint about a life of feeding and receiving; empty if none. */
template <class Environment>
std::string complaint(vmalock_tcp_way way = VMALOCK_TCP_WAY_WAIT)
{
	try {
		checked_stream<Environment> stream(way);
		stream.world.writer_about = way == VMALOCK_TCP_WAY_OLD;
		stream.world.map(range, 40, true);
		stream.world.map(range + 40 * page_size, 4, false);
		for (unsigned long insertions : { world::never, 20ul, 33ul }) {
			stream.feed(40 * page_size + 7);
			stream.world.insertions_left = insertions;
			stream.receive(range, 50 * page_size, 1);
			stream.world.insertions_left = world::never;
			stream.receive(range, 50 * page_size, 3);
			stream.receive(range + 40 * page_size, page_size, 3);
			stream.world.buffer_end = world::buffer_start + 1;
			stream.receive(range, 50 * page_size, 2);
			stream.world.buffer_end = world::never;
			stream.receive(range, 50 * page_size, 8);
		}
		stream.world.source_end = stream.fed + 12;
		stream.feed(20);
		stream.receive(range, 50 * page_size);
		stream.drop();
	} catch (const violation &caught) {
		return caught.what();
	}
	return "";
}

/** The same, with more queued than the VMA takes: only then is its end in sight. */
template <class Environment>
std::string complaint_of_a_long_queue()
{
	try {
		checked_stream<Environment> stream;
		stream.world.map(range, 40, true);
		stream.world.map(range + 40 * page_size, 4, false);
		stream.feed(45 * page_size);
		stream.receive(range, 50 * page_size);
		stream.receive(range + 40 * page_size, page_size);
	} catch (const violation &caught) {
		return caught.what();
	}
	return "";
}

TEST(tcp_busted, TheRealOneIsNot)
{
	EXPECT_EQ(complaint_of_a_long_queue<simulated>(), "");
	EXPECT_EQ(complaint<simulated>(), "");
	EXPECT_EQ(complaint<simulated>(VMALOCK_TCP_WAY_OLD), "");
}

struct zaps_nothing : simulated {
	void zap(vma *, unsigned long, unsigned long) {}
};

TEST(tcp_busted, OldPagesStay)
{
	EXPECT_EQ(complaint<zaps_nothing>(), "a page is left behind what was mapped");
}

struct zaps_one_page_less : simulated {
	void zap(vma *vma, unsigned long address, unsigned long bytes)
	{
		simulated::zap(vma, address, bytes - page_size());
	}
};

TEST(tcp_busted, TheLastOldPageStays)
{
	EXPECT_EQ(complaint<zaps_one_page_less>(), "a page is left behind what was mapped");
}

struct forgets_the_partial_batch : simulated {
	vmalock::tcp::insertion insert_pages(vma *vma, unsigned long address, page **pages, unsigned count)
	{
		vmalock::tcp::insertion result = simulated::insert_pages(vma, address, pages, count);
		if (result.status != VMALOCK_TCP_DONE)
			result.inserted = 0;
		return result;
	}
};

TEST(tcp_busted, PagesOfAPartialBatchComeTwice)
{
	EXPECT_EQ(complaint<forgets_the_partial_batch>(), "a page is left behind what was mapped");
}

struct takes_the_partial_batch_for_whole : simulated {
	vmalock::tcp::insertion insert_pages(vma *vma, unsigned long address, page **pages, unsigned count)
	{
		simulated::insert_pages(vma, address, pages, count);
		return { count, VMALOCK_TCP_DONE };
	}
};

TEST(tcp_busted, PagesOfAPartialBatchAreLost)
{
	EXPECT_EQ(complaint<takes_the_partial_batch_for_whole>(), "a page mapped has the wrong bytes");
}

struct swaps_pages : simulated {
	vmalock::tcp::insertion insert_pages(vma *vma, unsigned long address, page **pages, unsigned count)
	{
		if (count > 1)
			std::swap(pages[0], pages[1]);
		return simulated::insert_pages(vma, address, pages, count);
	}
};

TEST(tcp_busted, PagesComeInTheWrongOrder)
{
	EXPECT_EQ(complaint<swaps_pages>(), "a page mapped has the wrong bytes");
}

struct keeps_the_vma_lock : simulated {
	void vma_end_read(vma *) {}
};

TEST(tcp_busted, BytesAreCopiedUnderTheVmaLock)
{
	EXPECT_EQ(complaint<keeps_the_vma_lock>(), "copy_out() while locked");
}

struct keeps_mmap_lock : simulated {
	void mmap_read_unlock() {}
};

TEST(tcp_busted, BytesAreCopiedUnderMmapLock)
{
	EXPECT_EQ(complaint<keeps_mmap_lock>(VMALOCK_TCP_WAY_OLD), "copy_out() while locked");
}

struct keeps_foreign_vmas : simulated {
	vma *vma_start_read_unlocked(unsigned long address)
	{
		vma *found = simulated::vma_start_read_unlocked(address);
		leaks = found && !found->ours;
		return found;
	}
	void vma_end_read(vma *vma)
	{
		if (!leaks)
			simulated::vma_end_read(vma);
	}
	bool leaks = false;
};

TEST(tcp_busted, AForeignVmaStaysLocked)
{
	EXPECT_EQ(complaint<keeps_foreign_vmas>(), "a lock is still held");
}

struct lets_go_too_early : simulated {
	bool vma_is_ours(vma *vma)
	{
		const bool ours = simulated::vma_is_ours(vma);
		simulated::vma_end_read(vma);
		return ours;
	}
	void vma_end_read(vma *) {}
};

TEST(tcp_busted, TheVmaLockIsDroppedBeforeThePagesAreIn)
{
	EXPECT_EQ(complaint<lets_go_too_early>(), "a VMA is used that is not locked");
}

struct drops_mmap_lock_early : simulated {
	vma *vma_lookup(unsigned long address)
	{
		vma *found = simulated::vma_lookup(address);
		simulated::mmap_read_unlock();
		return found;
	}
	void mmap_read_unlock() {}
};

TEST(tcp_busted, TheOldWayDropsMmapLockEarly)
{
	EXPECT_EQ(complaint<drops_mmap_lock_early>(VMALOCK_TCP_WAY_OLD),
		  "a VMA is used that is not locked");
}

struct owns_everything : simulated {
	bool vma_is_ours(vma *) { return true; }
};

TEST(tcp_busted, ForeignMemoryIsTakenForOurs)
{
	EXPECT_EQ(complaint_of_a_long_queue<owns_everything>(), "a VMA of somebody else is changed");
}

struct does_not_clip : simulated {
	unsigned long vma_end(vma *vma) { return simulated::vma_end(vma) + page_size(); }
};

TEST(tcp_busted, TheRangeIsNotClipped)
{
	EXPECT_EQ(complaint_of_a_long_queue<does_not_clip>(), "pages beyond the VMA are changed");
}

struct believes_each_copy : simulated {
	unsigned long copy_out(unsigned long to, page *page, unsigned long offset, unsigned long bytes)
	{
		simulated::copy_out(to, page, offset, bytes);
		return bytes;
	}
};

TEST(tcp_busted, AFaultLosesBytes)
{
	EXPECT_EQ(complaint<believes_each_copy>(), "copied, it says");
}

struct forgets_short_copies : simulated {
	unsigned long copy_out(unsigned long to, page *page, unsigned long offset, unsigned long bytes)
	{
		const unsigned long arrived = simulated::copy_out(to, page, offset, bytes);
		return arrived == bytes ? arrived : 0;
	}
};

TEST(tcp_busted, AFaultRepeatsBytes)
{
	EXPECT_EQ(complaint<forgets_short_copies>(), "copied, it says");
}

struct frees_nothing : simulated {
	void free_page(page *) {}
};

TEST(tcp_busted, PagesLeak)
{
	EXPECT_EQ(complaint<frees_nothing>(), "a page is held for nothing, or freed too early");
}

struct ignores_source_faults : simulated {
	unsigned long copy_in(page *page, unsigned long from, unsigned long bytes)
	{
		simulated::copy_in(page, from, bytes);
		return bytes;
	}
};

TEST(tcp_busted, BytesAreMadeUp)
{
	EXPECT_EQ(complaint<ignores_source_faults>(), "a page mapped has the wrong bytes");
}

} // namespace
