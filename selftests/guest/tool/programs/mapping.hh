// SPDX-License-Identifier: GPL-2.0-only
/** @file Memory that the programs of the readers' tests lock and fault in. */
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi/vmalock_test.h"

inline void check(bool good, const char *what)
{
	if (!good) {
		std::perror(what);
		std::_Exit(1);
	}
}

inline const int device = open("/dev/vmalock_test", O_RDWR | O_CLOEXEC);
inline const std::size_t page_size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));

/** Pages between inaccessible ones: nothing merges with them. */
struct mapping {
	/** Anonymous, or of the device: its first page takes @p fault_ms to fault in. */
	explicit mapping(unsigned fault_ms = 0, std::size_t pages = 2)
		: mapping(fault_ms ? device : -1, fault_ms * page_size, pages)
	{
	}
	/** Of @p file, from @p offset on; anonymous if that is -1. */
	mapping(int file, std::size_t offset, std::size_t pages) : pages(pages)
	{
		char *around = static_cast<char *>(mmap(nullptr, size() + 2 * page_size, PROT_NONE,
							MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

		check(around != MAP_FAILED, "mmap");
		start = around + page_size;
		check(mmap(address(), size(), PROT_READ | PROT_WRITE,
			   (file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED) | MAP_FIXED, file,
			   offset) != MAP_FAILED, "mmap");
		/* One fault a page, where a kernel has others. */
		madvise(address(), size(), MADV_NOHUGEPAGE);
	}

	void *address() const { return const_cast<char *>(start); }
	std::size_t size() const { return pages * page_size; }
	void touch(std::size_t page) const { static_cast<void>(start[page * page_size]); }
	/** Not with zeros, which need no place in swap. */
	void fill(std::size_t page) const { start[page * page_size] = 1; }

	volatile char *start;
	std::size_t pages;
};
