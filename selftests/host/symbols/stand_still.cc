// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * stand_still - a process whose addresses are known.
 *
 * Prints the addresses of a function of a namespace, of one that only this file
 * sees, and of executable memory that no file is behind, a line each, and stops.
 */
#include <csignal>
#include <cstdio>
#include <sys/mman.h>

namespace still {

[[gnu::noinline]] int known_function(int times)
{
	asm volatile("" : "+r"(times));
	return times + 1;
}

} // namespace still

[[gnu::noinline]] static int own_function(int times)
{
	asm volatile("" : "+r"(times));
	return times + 2;
}

int main()
{
	void *made = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	std::printf("%p\n%p\n%p\n", reinterpret_cast<void *>(still::known_function),
		    reinterpret_cast<void *>(own_function), made);
	std::fflush(stdout);
	std::raise(SIGSTOP);
	return still::known_function(own_function(0)) == 0;
}
