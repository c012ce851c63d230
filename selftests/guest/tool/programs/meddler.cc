// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * meddler SECONDS - two writers of one address space, of which one is innocent.
 *
 * The thread "writer" changes the protection of one mapping all the time, while two
 * threads fault on it. The thread "meddler" takes mmap_lock for write as often, for
 * mappings of its own, and never touches that one. Prints start, the mapping's, as
 * a shell variable.
 */
#include <atomic>
#include <chrono>
#include <sys/prctl.h>
#include <thread>

#include "mapping.hh"

namespace {

std::atomic<bool> end = false;

void set_name(const char *name)
{
	prctl(PR_SET_NAME, name);
}

void write(const mapping &memory)
{
	set_name("writer");
	for (bool writable = false; !end; writable = !writable)
		check(mprotect(memory.address(), memory.size(),
			       PROT_READ | (writable ? PROT_WRITE : 0)) == 0,
		      "mprotect");
}

void meddle()
{
	set_name("meddler");
	while (!end) {
		const mapping own;
		munmap(const_cast<char *>(own.start) - page_size, own.size() + 2 * page_size);
	}
}

void fault(const mapping &memory, std::size_t page)
{
	set_name("victim");
	while (!end) {
		memory.touch(page);
		madvise(const_cast<char *>(memory.start + page * page_size), page_size, MADV_DONTNEED);
	}
}

} // namespace

int main(int argc, char **argv)
{
	check(argc == 2, "usage: meddler SECONDS");
	const mapping memory;
	std::jthread threads[] = {
		std::jthread([&] { fault(memory, 0); }),
		std::jthread([&] { fault(memory, 1); }),
		std::jthread([&] { write(memory); }),
		std::jthread(meddle),
	};

	std::this_thread::sleep_for(std::chrono::seconds(std::atoi(argv[1])));
	end = true;
	std::printf("start=%#zx\n", reinterpret_cast<std::size_t>(memory.start));
	return 0;
}
