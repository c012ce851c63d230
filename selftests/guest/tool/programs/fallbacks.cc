// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Faults that come back, that never try the VMA lock, or that meet a writer.
 */
#include <sys/auxv.h>
#include <sys/uio.h>

#include "faults.hh"

std::string file_to_map;

namespace {

/** A file, none of whose pages are in memory, mapped so that none is read ahead. */
class file_pages {
public:
	explicit file_pages(std::size_t count) : bytes(count * page_size)
	{
		if (file < 0)
			die_errno(("--file " + file_to_map).c_str());
		if (posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED))
			die("posix_fadvise failed");
		void *at = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
		if (at == MAP_FAILED)
			die_errno("mmap");
		if (madvise(at, bytes, MADV_RANDOM))
			die_errno("MADV_RANDOM");
		start = static_cast<volatile char *>(at);
	}
	~file_pages()
	{
		munmap(const_cast<char *>(start), bytes);
		close(file);
	}
	file_pages(const file_pages &) = delete;

	volatile char *operator[](std::size_t page) const { return start + page * page_size; }

	/** Bring the first page into memory, without a fault. */
	void read_first() const
	{
		char byte;

		if (pread(file, &byte, 1, 0) != 1)
			die_errno("pread");
	}

private:
	const int file = open(file_to_map.c_str(), O_RDONLY | O_CLOEXEC);
	const std::size_t bytes;
	volatile char *start;
};

/**
 * Two neighbours that are not one mapping. A driver holds the second, so that a
 * writer of both has changed the first, and waits for the second under mmap_lock.
 */
class half_done_write {
public:
	explicit half_done_write(int device)
		: neighbours(2, PROT_READ | PROT_EXEC),
		  // Long enough for a fault that comes late on a busy machine.
		  driver(device, const_cast<char *>(neighbours[1]), 1500000),
		  writer([this] {
			  if (mprotect(neighbours.address(), neighbours.bytes, PROT_READ))
				  die_errno("mprotect");
		  })
	{
		writer.wait_until_asleep();
	}

	/** In the mapping that is changed already. */
	volatile char *changed() const { return neighbours[0]; }

private:
	struct two : pages {
		two(std::size_t count, int second) : pages(count, PROT_READ | PROT_WRITE)
		{
			if (mprotect(const_cast<char *>((*this)[1]), page_size, second))
				die_errno("mprotect");
		}
	} neighbours;
	driver_hold driver;
	sleeper writer;
};

} // namespace

void io(std::size_t count)
{
	file_pages file(count ? count : 1);

	for (std::size_t page = 0; page < count; page++)
		static_cast<void>(*file[page]);
}

void kernel_io(std::size_t count)
{
	file_pages file(count ? count : 1);
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		die_errno("pipe");
	for (std::size_t page = 0; page < count; page++) {
		char byte;

		if (write(ends[1], const_cast<char *>(file[page]), 1) != 1 ||
		    read(ends[0], &byte, 1) != 1)
			die_errno("pipe");
	}
	close(ends[0]);
	close(ends[1]);
}

void page_lock(std::size_t count)
{
	static const int device = open_device();

	while (count--) {
		file_pages file(1), same(1);

		file.read_first();
		static_cast<void>(*file[0]);
		sleeper driver([&file] {
			vmalock_test_page page = {};

			page.address = reinterpret_cast<std::uintptr_t>(file[0]);
			page.hold_us = 300000;
			if (ioctl(device, VMALOCK_TEST_IOC_PAGE, &page))
				die_errno("VMALOCK_TEST_IOC_PAGE");
		});
		driver.wait_until_asleep();
		static_cast<void>(*same[0]);
	}
}

void anon_vma(std::size_t count)
{
	static const int device = open_device();

	while (count--) {
		pages fresh(1, PROT_READ | PROT_WRITE);
		half_done_write writer(device);

		*fresh[0] = 1;
	}
}

/** The vDSO's pages are mapped at the first access, by a handler without map_pages. */
void handler(std::size_t count)
{
	void *vdso = reinterpret_cast<void *>(getauxval(AT_SYSINFO_EHDR));

	if (!vdso)
		die("there is no vDSO");
	while (count--) {
		if (madvise(vdso, page_size, MADV_DONTNEED))
			die_errno("MADV_DONTNEED of the vDSO");
		static_cast<void>(*static_cast<volatile char *>(vdso));
	}
}

void gup(std::size_t count)
{
	pages fresh(count ? count : 1, PROT_READ | PROT_WRITE);

	for (std::size_t page = 0; page < count; page++) {
		char byte;
		iovec to = { &byte, 1 }, from = { const_cast<char *>(fresh[page]), 1 };

		if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != 1)
			die_errno("process_vm_readv");
	}
}

void write_locked(std::size_t count)
{
	static const int device = open_device();

	while (count--) {
		half_done_write writer(device);

		static_cast<void>(*writer.changed());
	}
}
