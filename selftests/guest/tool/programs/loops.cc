// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * loops - threads of one process, each of which does one thing again and again.
 *
 *   loops MIB [ACTION]...
 *
 * The threads have the names of their actions. MIB is the size of the memory that some
 * work on, all of it touched. Prints "ready" when that is done; ends when it is killed.
 *
 *   map		maps a page, touches and unmaps it
 *   sequential		madvise(MADV_SEQUENTIAL) of the memory, and MADV_NORMAL
 *   mincore		of the memory
 *   slot		makes pages of its own in the memory accessible, touches them, gives them
 *			back and makes them inaccessible again, as runtimes of WebAssembly do
 *   unmap		unmaps a copy of the memory, which it has mapped and touched
 *   read=FILE[@OFFSET]	reads the file from there, as much as pagemap has of the memory
 *
 * Prints "start=ADDRESS" of the memory too. It is not written to: so it takes room for
 * page tables only.
 */
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <vector>

#include "sleeper.hh"
#include "mapping.hh"

namespace {

constexpr std::size_t mib = 1 << 20;

struct range {
	/** Nothing of it is there yet. */
	explicit range(std::size_t size)
		: size(size), start(static_cast<char *>(mmap(nullptr, size, PROT_READ | PROT_WRITE,
							     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)))
	{
		check(start != MAP_FAILED, "mmap");
		madvise(start, size, MADV_NOHUGEPAGE);
	}

	std::size_t size;
	char *start;
};

struct work {
	range memory;
	std::string file;
	off_t offset = 0;
};

void use_slot(const work &on)
{
	constexpr std::size_t size = 1 << 16;
	static std::atomic<std::size_t> slots = 0;
	thread_local char *const slot = on.memory.start + 2 * size * slots++;

	check(mprotect(slot, size, PROT_READ | PROT_WRITE) == 0, "mprotect");
	for (std::size_t at = 0; at < size; at += page_size)
		static_cast<volatile char *>(slot)[at] = 1;
	check(madvise(slot, size, MADV_DONTNEED) == 0, "MADV_DONTNEED");
	check(mprotect(slot, size, PROT_NONE) == 0, "mprotect");
}

void read_file(const work &on)
{
	static const int file = open(on.file.c_str(), O_RDONLY | O_CLOEXEC);
	static char buffer[1 << 16];
	std::size_t rest = on.memory.size / page_size * sizeof(std::uint64_t);

	check(file >= 0, on.file.c_str());
	check(lseek(file, on.offset, SEEK_SET) == on.offset, "lseek");
	while (rest) {
		const ssize_t size = read(file, buffer, std::min(sizeof(buffer), rest));
		if (size <= 0)
			break;
		rest -= static_cast<std::size_t>(size);
	}
}

struct action {
	std::string_view name;
	void (*act)(const work &);
};

constexpr action actions[] = {
	{ "map", [](const work &) {
		 void *page = mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		 *static_cast<volatile char *>(page) = 1;
		 munmap(page, page_size);
	 } },
	{ "sequential", [](const work &on) {
		 madvise(on.memory.start, on.memory.size, MADV_SEQUENTIAL);
		 madvise(on.memory.start, on.memory.size, MADV_NORMAL);
	 } },
	{ "mincore", [](const work &on) {
		 static std::vector<unsigned char> resident(on.memory.size / page_size);
		 mincore(on.memory.start, on.memory.size, resident.data());
	 } },
	{ "slot", use_slot },
	{ "unmap", [](const work &on) {
		 void *copy = mmap(nullptr, on.memory.size, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		 check(copy != MAP_FAILED, "mmap");
		 munmap(copy, on.memory.size);
	 } },
	{ "read", read_file },
};

const action &action_named(std::string_view name)
{
	for (const action &one : actions)
		if (one.name == name)
			return one;
	std::fprintf(stderr, "loops: there is no action %s\n", name.data());
	std::_Exit(1);
}

} // namespace

int main(int argc, char **argv)
{
	check(argc > 1, "usage: loops MIB [ACTION]...");
	work on{ range(std::max(std::stoul(argv[1]), 1ul) * mib), {}, 0 };
	std::vector<std::unique_ptr<sleeper>> all;

	check(madvise(on.memory.start, on.memory.size, MADV_POPULATE_READ) == 0, "MADV_POPULATE_READ");
	for (int i = 2; i < argc; i++) {
		const std::string_view word = argv[i];
		const std::string name(word.substr(0, word.find('=')));
		const action &does = action_named(name);

		if (name.size() < word.size()) {
			const std::size_t at = word.find('@');
			on.file = word.substr(name.size() + 1, at == word.npos ? at : at - name.size() - 1);
			on.offset = at == word.npos ? 0 : std::stol(std::string(word.substr(at + 1)));
		}
		all.push_back(std::make_unique<sleeper>([name, &does, &on] {
			prctl(PR_SET_NAME, name.c_str());
			for (;;)
				does.act(on);
		}));
	}
	std::printf("start=%#zx\nready\n", reinterpret_cast<std::size_t>(on.memory.start));
	std::fflush(stdout);
	pause();
	return 0;
}
