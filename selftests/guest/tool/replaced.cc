// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * replaced - one thread faults in mappings that another replaces meanwhile.
 *
 *   replaced COUNT
 *
 * A program holds the first up each time that it has looked a VMA up and not locked it
 * yet, until the other has replaced the VMA: it finds it detached, a miss. Goes on until
 * it has had COUNT of them, and prints how many: the look-ups that were not the first of
 * their call of lock_vma_under_rcu().
 */
#include <atomic>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

#include "replaced.skel.h"

namespace {

[[noreturn]] void die(const char *what)
{
	std::perror(what);
	std::exit(1);
}

/** Anonymous memory, in the place of what is there. */
volatile char *map(void *at)
{
	void *result = mmap(at, static_cast<std::size_t>(getpagesize()), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);

	if (result == MAP_FAILED)
		die("mmap");
	return static_cast<volatile char *>(result);
}

std::uint64_t address_of(const std::string &function)
{
	std::ifstream symbols("/proc/kallsyms");

	for (std::string address, type, name; symbols >> address >> type >> name;
	     symbols.ignore(1 << 10, '\n'))
		if (name == function)
			return std::stoull(address, nullptr, 16);
	die("/proc/kallsyms");
}

/** Behind the call of mas_walk(), which itself takes no probe. */
std::size_t behind_look_up(replaced_bpf &bpf)
{
	const std::uint64_t walk = address_of("mas_walk");
	LIBBPF_OPTS(bpf_test_run_opts, options);

	bpf.bss->start = address_of("lock_vma_under_rcu");
	if (bpf_prog_test_run_opts(bpf_program__fd(bpf.progs.read_code), &options) || options.retval)
		die("reading lock_vma_under_rcu()");
	for (std::size_t after = 5; after < sizeof(bpf.bss->code); after++) {
		std::int32_t distance;

		std::memcpy(&distance, &bpf.bss->code[after - 4], sizeof(distance));
		if (bpf.bss->code[after - 5] == 0xe8 &&
		    bpf.bss->start + after + static_cast<std::uint64_t>(distance) == walk)
			return after;
	}
	die("finding the call of mas_walk()");
}

} // namespace

int main(int argc, char **argv)
{
	const unsigned long long wanted = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
	std::unique_ptr<replaced_bpf, void (*)(replaced_bpf *)> bpf(replaced_bpf__open_and_load(),
								    replaced_bpf__destroy);
	volatile char *page = map(nullptr);
	std::atomic<bool> faulting = false, done = false;

	if (!wanted || !bpf)
		die("replaced COUNT");
	LIBBPF_OPTS(bpf_kprobe_opts, probe, .offset = behind_look_up(*bpf));
	bpf->links.walked = bpf_program__attach_kprobe_opts(bpf->progs.walked, "lock_vma_under_rcu", &probe);
	if (!bpf->links.walked || replaced_bpf__attach(bpf.get()))
		die("attaching");
	bpf->bss->delay_ns = 5'000'000;
	std::thread replacer([&] {
		while (!done) {
			if (faulting.exchange(false))
				map(const_cast<char *>(page));
			usleep(100);
		}
	});
	bpf->bss->thread = static_cast<unsigned>(gettid());
	while (bpf->bss->walks - bpf->bss->calls < wanted) {
		map(const_cast<char *>(page));
		faulting = true;
		*page = 1;
	}
	bpf->bss->thread = 0;
	done = true;
	replacer.join();
	std::printf("%llu\n", bpf->bss->walks - bpf->bss->calls);
	return 0;
}
