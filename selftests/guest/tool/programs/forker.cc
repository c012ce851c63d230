// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * forker FILE - reclaim memory with mmap_lock held.
 *
 * The thread "forker" reads from FILE and forks, again and again. A fork copies a
 * thousand page tables with mmap_lock held for write. In a cgroup that is full of FILE
 * there is room for them only after reclaim. The thread "asker" asks for mmap_lock all
 * the time. Goes on until it is killed.
 */
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

#include "asker.hh"
#include "mapping.hh"

namespace {

constexpr std::size_t tables = 1024, bytes_of_table = std::size_t(2) << 20, bytes_read = std::size_t(48) << 20;

void read_on(int file)
{
	static std::vector<char> buffer(1 << 20);
	static off_t offset;

	for (std::size_t done = 0; done < bytes_read; done += buffer.size()) {
		const ssize_t got = pread(file, buffer.data(), buffer.size(), offset);

		check(got >= 0, "pread");
		offset = got > 0 ? offset + got : 0;
	}
}

} // namespace

int main(int argc, char **argv)
{
	check(argc == 2, "usage: forker FILE");
	const int file = open(argv[1], O_RDONLY | O_CLOEXEC);
	check(file >= 0, "open");
	// What others have read of it is not the cgroup's.
	check(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0, "posix_fadvise");
	char *memory = static_cast<char *>(mmap(nullptr, tables * bytes_of_table, PROT_READ | PROT_WRITE,
						MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	check(memory != MAP_FAILED, "mmap");
	madvise(memory, tables * bytes_of_table, MADV_NOHUGEPAGE);
	for (std::size_t i = 0; i < tables; i++)
		memory[i * bytes_of_table] = 1;

	prctl(PR_SET_NAME, "forker");
	std::jthread asker(ask);
	for (;;) {
		read_on(file);
		const pid_t child = fork();
		check(child >= 0, "fork");
		if (!child)
			_exit(0);
		check(waitpid(child, nullptr, 0) == child, "waitpid");
	}
}
