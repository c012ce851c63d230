// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the kinds of faults are made with.
 */
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sleeper.hh"
#include "uapi/vmalock_test.h"

[[noreturn]] inline void die(const std::string &sentence)
{
	std::fprintf(stderr, "faults: error: %s\n", sentence.c_str());
	std::exit(1);
}

[[noreturn]] inline void die_errno(const char *what)
{
	die(std::string(what) + ": " + std::strerror(errno));
}

inline const std::size_t page_size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));

/** Pages of a mapping of their own: nothing merges with it. */
class pages {
public:
	pages(std::size_t count, int protection) : bytes(count * page_size)
	{
		void *at = mmap(nullptr, bytes + 2 * page_size, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED)
			die_errno("mmap");
		start = static_cast<volatile char *>(at) + page_size;
		// One fault a page: no huge ones, which PREEMPT_RT's kernels do not know.
		if (madvise(address(), bytes, MADV_NOHUGEPAGE) && errno != EINVAL)
			die_errno("madvise");
		if (mprotect(address(), bytes, protection))
			die_errno("mprotect");
	}

	volatile char *operator[](std::size_t page) const { return start + page * page_size; }
	void *address() const { return const_cast<char *>(start); }

	const std::size_t bytes;

private:
	volatile char *start;
};

inline int open_device()
{
	int device = open("/dev/vmalock_test", O_RDWR | O_CLOEXEC);

	if (device < 0)
		die_errno("/dev/vmalock_test");
	return device;
}

/** A driver that holds the VMA at an address while this object lives. */
class driver_hold {
public:
	explicit driver_hold(int device, void *address, std::uint32_t hold_us = 500000)
		: driver([=] {
			  vmalock_test_lock lock = {};

			  lock.address = reinterpret_cast<std::uintptr_t>(address);
			  lock.how = VMALOCK_TEST_WAIT;
			  lock.hold_us = hold_us;
			  if (ioctl(device, VMALOCK_TEST_IOC_LOCK, &lock))
				  die_errno("VMALOCK_TEST_IOC_LOCK");
		  })
	{
		driver.wait_until_asleep();
	}

private:
	sleeper driver;
};

/** @name Kinds of faults that are no plain success or abort: fallbacks.cc */
///@{
void io(std::size_t count);
void kernel_io(std::size_t count);
void page_lock(std::size_t count);
void anon_vma(std::size_t count);
void handler(std::size_t count);
void gup(std::size_t count);
void write_locked(std::size_t count);
///@}

/** The file that io() and page_lock() read. */
extern std::string file_to_map;
