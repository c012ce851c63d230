// SPDX-License-Identifier: GPL-2.0-only
/** @file Mappings for tests to lock. */
#pragma once

#include <cstdint>
#include <sys/mman.h>

#include "module.hh"

namespace guest {

/**
 * Anonymous memory, readable and writable, with an inaccessible page on both
 * sides, so that it merges with nothing. The first page has been written to.
 */
class mapping {
public:
	explicit mapping(std::uint64_t pages, void *near = nullptr)
		: bytes(pages * page_size),
		  reserved_(mmap(near, bytes + 2 * page_size, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
	{
		expect(reserved_ != MAP_FAILED, "mmap failed");
		start = reinterpret_cast<std::uint64_t>(reserved_) + page_size;
		end = start + bytes;
		expect(mprotect(address(), bytes, PROT_READ | PROT_WRITE) == 0, "mprotect failed");
		*static_cast<volatile char *>(address()) = 1;
	}
	~mapping() { munmap(reserved_, bytes + 2 * page_size); }
	mapping(const mapping &) = delete;

	void *address(std::uint64_t page = 0) const
	{
		return reinterpret_cast<void *>(start + page * page_size);
	}

	const std::uint64_t bytes;
	std::uint64_t start, end;

private:
	void *reserved_;
};

} // namespace guest
