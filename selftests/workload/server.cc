// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * server - a process whose requests stall, for the demo: nothing that it does looks
 * slow by itself.
 *
 * Two workers serve requests, each of which touches fresh pages of one large heap. A
 * third thread, a garbage collector, write-protects the whole heap now and then to
 * learn which pages change, and makes it writable again. mprotect() holds mmap_lock for
 * write while it changes every page table entry of the heap, and workers that fault
 * meanwhile are refused the heap's VMA lock and wait.
 */
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <thread>

namespace {

constexpr std::size_t page = 4096, heap_bytes = 128 << 20, request_bytes = 32 * page;
constexpr std::chrono::milliseconds between_requests{1}, between_collections{30};

std::atomic<bool> stop = false;
std::atomic<unsigned long> served = 0, collections = 0;

[[noreturn]] void die(const char *call)
{
	std::perror(call);
	std::_Exit(1);
}

/** Each page that is touched was given back before, as allocators do, and is a page fault. */
[[gnu::noinline]] void serve_request(char *memory)
{
	if (madvise(memory, request_bytes, MADV_DONTNEED))
		die("madvise");
	for (std::size_t offset = 0; offset < request_bytes; offset += page)
		static_cast<void>(*const_cast<volatile char *>(memory + offset));
	served++;
}

void work(char *memory)
{
	pthread_setname_np(pthread_self(), "worker");
	while (!stop) {
		serve_request(memory);
		std::this_thread::sleep_for(between_requests);
	}
}

[[gnu::noinline]] void find_changed_pages(char *heap)
{
	if (mprotect(heap, heap_bytes, PROT_READ) || mprotect(heap, heap_bytes, PROT_READ | PROT_WRITE))
		die("mprotect");
	collections++;
}

void collect(char *heap)
{
	pthread_setname_np(pthread_self(), "gc");
	while (!stop) {
		find_changed_pages(heap);
		std::this_thread::sleep_for(between_collections);
	}
}

} // namespace

int main(int argc, char **argv)
{
	const double seconds = argc > 1 ? std::atof(argv[1]) : 5;

	// Huge pages would turn hundreds of faults, and page table entries, into one.
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
		die("prctl");
	void *memory = mmap(nullptr, heap_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
			    -1, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	char *heap = static_cast<char *>(memory);
	std::thread threads[] = {std::thread(work, heap), std::thread(work, heap + request_bytes),
				 std::thread(collect, heap)};

	std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
	stop = true;
	for (std::thread &thread : threads)
		thread.join();
	std::printf("server: %lu requests and %lu collections in %.0f s\n", served.load(), collections.load(), seconds);
	return 0;
}
