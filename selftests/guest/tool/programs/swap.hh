// SPDX-License-Identifier: GPL-2.0-only
/** @file Memory that is in swap, or makes others' go there. */
#pragma once

#include <algorithm>
#include <atomic>
#include <vector>

#include "mapping.hh"

/** Have the kernel drop what the control group need not have in memory. */
inline void drop_swap_cache()
{
	const int file = open("/sys/fs/cgroup/vmalock_test/memory.reclaim", O_WRONLY | O_CLOEXEC);

	/* It says so if there is less. */
	static_cast<void>(!write(file, "1M", 2));
	close(file);
}

/** Have all of it swapped out. */
inline void swap_out(const mapping &memory)
{
	std::vector<unsigned char> resident(memory.pages);

	for (std::size_t page = 0; page < memory.pages; page++)
		memory.fill(page);
	for (int attempt = 0; attempt < 100; attempt++) {
		check(madvise(memory.address(), memory.size(), MADV_PAGEOUT) == 0, "MADV_PAGEOUT");
		check(mincore(memory.address(), memory.size(), resident.data()) == 0, "mincore");
		if (std::ranges::none_of(resident, [](unsigned char page) { return page & 1; }))
			return;
		usleep(10000);
		drop_swap_cache();
	}
	std::fputs("the memory is not swapped out\n", stderr);
	std::_Exit(1);
}

/** More pages than the control group may have: faults there come to reclaim. */
constexpr std::size_t too_many_pages = 8192;

inline std::atomic<bool> filled_enough = false;

/** All but the first page. */
inline void fill(const mapping &memory)
{
	for (std::size_t page = 1; page < memory.pages && !filled_enough; page++)
		memory.fill(page);
}
