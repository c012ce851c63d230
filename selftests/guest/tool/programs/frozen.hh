// SPDX-License-Identifier: GPL-2.0-only
/** @file A file of a file system that is frozen for a while. */
#pragma once

#include <linux/fs.h>
#include <memory>

#include "sleeper.hh"
#include "mapping.hh"

/** The file `frozen/file` of the suite that runs us. Stores to its pages wait while it is frozen. */
class frozen_file {
public:
	~frozen_file() { close(file); }

	/** Its pages, mapped for reading only so far. */
	mapping map(std::size_t pages) const
	{
		check(ftruncate(file, static_cast<off_t>(pages * page_size)) == 0, "ftruncate");
		mapping result(file, 0, pages);
		for (std::size_t page = 0; page < pages; page++)
			result.touch(page);
		check(fsync(file) == 0, "fsync");
		return result;
	}

	/** The @p pages from @p first on, which nobody reads ahead. */
	mapping map_more(std::size_t first, std::size_t pages) const
	{
		check(ftruncate(file, static_cast<off_t>((first + pages) * page_size)) == 0, "ftruncate");
		mapping result(file, first * page_size, pages);
		check(madvise(result.address(), result.size(), MADV_RANDOM) == 0, "MADV_RANDOM");
		return result;
	}

	/** All pages of the file that can leave memory do, those of @p memory too, if it is not locked. */
	void forget(const mapping &memory) const
	{
		check(madvise(memory.address(), memory.size(), MADV_DONTNEED) == 0, "MADV_DONTNEED");
		check(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0, "POSIX_FADV_DONTNEED");
	}

	void freeze() const { check(ioctl(file, FIFREEZE, 0) == 0, "FIFREEZE"); }
	void thaw() const { check(ioctl(file, FITHAW, 0) == 0, "FITHAW"); }

	/** Until that has passed. */
	void freeze_for(unsigned ms)
	{
		freeze();
		thawing = std::make_unique<sleeper>([this, ms] {
			usleep(ms * 1000);
			thaw();
		});
		thawing->id();
	}

private:
	const int file = open("frozen/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	std::unique_ptr<sleeper> thawing;
};
