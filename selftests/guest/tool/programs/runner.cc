// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * runner [HOGS] - have mmap_lock for long without ever sleeping with it.
 *
 * The thread "runner" changes the protection of a large mapping, all of whose pages are
 * there, again and again, on the first CPU. The thread "asker" asks for mmap_lock on
 * another. HOGS threads compete for the first CPU. Prints the thread id of the runner,
 * and goes on until it is killed.
 */
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "asker.hh"
#include "mapping.hh"

namespace {

constexpr std::size_t bytes = std::size_t(64) << 20;

void stay_on(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	check(sched_setaffinity(0, sizeof(set), &set) == 0, "sched_setaffinity");
}

[[noreturn]] void run()
{
	void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	check(memory != MAP_FAILED, "mmap");
	stay_on(0);
	prctl(PR_SET_NAME, "runner");
	std::printf("%ld\n", syscall(SYS_gettid));
	std::fflush(stdout);
	for (int protection = PROT_READ;; protection ^= PROT_WRITE)
		check(mprotect(memory, bytes, protection) == 0, "mprotect");
}

[[noreturn]] void compete()
{
	stay_on(0);
	prctl(PR_SET_NAME, "hog");
	for (;;)
		asm volatile("");
}

} // namespace

int main(int argc, char **argv)
{
	std::vector<std::jthread> threads;

	check(argc <= 2, "usage: runner [HOGS]");
	threads.emplace_back(run);
	threads.emplace_back([] {
		stay_on(1);
		ask();
	});
	for (int hogs = argc > 1 ? std::atoi(argv[1]) : 0; hogs > 0; hogs--)
		threads.emplace_back(compete);
	return 0;
}
