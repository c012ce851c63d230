// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * contend - one process that fights over its own address space.
 *
 * Faulters touch fresh anonymous pages, mappers replace, protect and unmap
 * mappings among them, drivers ask /dev/vmalock_test to lock VMAs as a device
 * driver would. What the threads did is counted where they did it and printed
 * as one line, for a tracer's report to be held against.
 *
 * One arena, in three parts:
 *
 *   stable   a stripe a faulter; mapped writable all the time
 *   shifting mapped all the time, but mappers replace pieces of it and protect
 *            it, so its VMAs come and go; readable, not always writable
 *   holes    mappers unmap and map pieces of it; only drivers look there
 *
 * The parts are neighbours with equal flags, so their VMAs merge and split,
 * and what a mapper does to one write-locks its neighbour. Nothing else gets
 * mapped into a hole while it is one: all threads exist by then, and stacks and
 * heaps are larger than all holes together.
 */
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <latch>
#include <linux/ioctl.h>
#include <memory>
#include <pthread.h>
#include <random>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>

#include "uapi/vmalock_test.h"

namespace {

constexpr const char *device_path = "/dev/vmalock_test";
constexpr std::size_t stripe_pages = 64;
constexpr std::size_t shifting_pages = 256;
constexpr std::size_t hole_pages = 256;
constexpr std::size_t piece_pages = 64;
/** As long as a driver may need a VMA to stay put. */
constexpr std::uint32_t hold_us = 50;

struct options {
	unsigned faulters = 2;
	unsigned mappers = 1;
	unsigned drivers = 0;
	double seconds = 0;
	std::uint64_t rounds = 0;
	std::uint64_t seed = 1;
};

/** What one thread did; written by that thread, read after it was joined. */
struct deeds {
	std::uint64_t rounds = 0;
	std::uint64_t faults = 0;	///< first touches of discarded pages
	std::uint64_t mappings = 0;	///< changes by mmap, munmap or mprotect
	std::uint64_t calls = 0;	///< of the driver helper
	std::uint64_t locked = 0;
	std::uint64_t unmapped = 0;

	void operator+=(const deeds &other)
	{
		rounds += other.rounds;
		faults += other.faults;
		mappings += other.mappings;
		calls += other.calls;
		locked += other.locked;
		unmapped += other.unmapped;
	}
};

/** A run of pages. */
struct span {
	char *start = nullptr;
	std::size_t pages = 0;

	static std::size_t page_size()
	{
		static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
		return size;
	}

	std::size_t bytes() const { return pages * page_size(); }
	char *page(std::size_t index) const { return start + index * page_size(); }
	span part(std::size_t first, std::size_t count) const { return {page(first), count}; }
};

/** A thread cannot go on: one sentence, and the process ends. */
[[noreturn]] void die(const std::string &sentence)
{
	std::fprintf(stderr, "contend: error: %s\n", sentence.c_str());
	std::_Exit(1);
}

[[noreturn]] void die_errno(const char *call)
{
	die(std::string(call) + " failed: " + std::strerror(errno));
}

/** Fresh memory at @p start, in place of what is there; anywhere if it is null. */
span map(char *start, std::size_t pages)
{
	void *at = mmap(start, pages * span::page_size(), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | (start ? MAP_FIXED : 0), -1, 0);

	if (at == MAP_FAILED)
		die_errno("mmap");
	return {static_cast<char *>(at), pages};
}

void protect(const span &span, int protection)
{
	if (mprotect(span.start, span.bytes(), protection))
		die_errno("mprotect");
}

struct arena {
	span stable;
	span shifting;
	span holes;

	explicit arena(unsigned stripes)
	{
		std::size_t stable_pages = stripes * stripe_pages;
		span whole = map(nullptr, stable_pages + shifting_pages + hole_pages);

		stable = whole.part(0, stable_pages);
		shifting = whole.part(stable_pages, shifting_pages);
		holes = whole.part(stable_pages + shifting_pages, hole_pages);
	}
};

class thread_context {
public:
	thread_context(const options &options, const arena &arena, unsigned number,
		       std::size_t thread, std::atomic<bool> &stop)
		: space(arena), number(number), random(options.seed * 1000 + thread),
		  limit(options.rounds), stop(stop)
	{
	}

	/** True until this thread has done its rounds, or time is up. */
	bool next_round()
	{
		if (stop.load(std::memory_order_relaxed) || (limit && done.rounds == limit))
			return false;
		done.rounds++;
		return true;
	}

	std::size_t below(std::size_t bound)
	{
		return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
	}

	span piece_of(const span &whole)
	{
		return whole.part(below(whole.pages - piece_pages + 1), piece_pages);
	}

	const arena &space;
	const unsigned number;		///< among the threads of its kind
	deeds done;

private:
	std::mt19937_64 random;
	const std::uint64_t limit;
	std::atomic<bool> &stop;
};

void touch(char *page)
{
	*const_cast<volatile char *>(page) = 1;
}

void discard(const span &span)
{
	if (madvise(span.start, span.bytes(), MADV_DONTNEED))
		die_errno("madvise(MADV_DONTNEED)");
}

void look_at(const char *page)
{
	static_cast<void>(*const_cast<const volatile char *>(page));
}

/**
 * A round: every page of the own stripe faults once, and between them pages of
 * the shifting part, which others discard or replace too.
 */
void fault(thread_context &context)
{
	span stripe = context.space.stable.part(context.number * stripe_pages, stripe_pages);

	while (context.next_round()) {
		discard(stripe);
		discard(context.piece_of(context.space.shifting));
		for (std::size_t page = 0; page < stripe.pages; page++) {
			touch(stripe.page(page));
			context.done.faults++;
			look_at(context.space.shifting.page(context.below(shifting_pages)));
		}
	}
}

/** A round: one change to a piece of the arena that drivers or faulters use. */
void change_mappings(thread_context &context)
{
	const arena &space = context.space;

	while (context.next_round()) {
		span piece = context.piece_of(space.shifting);
		span hole = context.piece_of(space.holes);

		switch (context.below(4)) {
		case 0:
			map(piece.start, piece.pages);
			break;
		case 1:
			protect(space.shifting, PROT_READ);
			protect(space.shifting, PROT_READ | PROT_WRITE);
			break;
		case 2:
			if (munmap(hole.start, hole.bytes()))
				die_errno("munmap");
			break;
		case 3:
			map(hole.start, hole.pages);
			break;
		}
		context.done.mappings++;
	}
}

/** A round: one call of the helper, at an address of any part. */
void drive(thread_context &context, int device)
{
	const arena &space = context.space;
	span whole{space.stable.start, space.stable.pages + shifting_pages + hole_pages};

	while (context.next_round()) {
		char *page = whole.page(context.below(whole.pages));
		bool always_mapped = page < space.holes.start;
		auto address = reinterpret_cast<std::uintptr_t>(page);
		vmalock_test_lock lock = {};

		lock.address = address;
		lock.how = VMALOCK_TEST_WAIT;
		lock.hold_us = hold_us;
		if (ioctl(device, VMALOCK_TEST_IOC_LOCK, &lock))
			die_errno("the ioctl VMALOCK_TEST_IOC_LOCK");
		context.done.calls++;
		if (lock.vm_end) {
			context.done.locked++;
			if (address < lock.vm_start || address >= lock.vm_end)
				die("the helper locked a VMA that does not hold the address");
		} else {
			context.done.unmapped++;
			if (always_mapped)
				die("the helper found nothing where a mapping always is");
		}
	}
}

int open_device(const options &options)
{
	if (!options.drivers)
		return -1;
	int device = open(device_path, O_RDWR | O_CLOEXEC);

	if (device < 0)
		die(std::string(device_path) + ": " + std::strerror(errno) +
		    ": load vmalock_testdev.ko and run as root, or leave --driver out");
	return device;
}

deeds run(const options &options)
{
	int device = open_device(options);
	arena space(std::max(options.faulters, 1u));
	std::latch everyone(options.faulters + options.mappers + options.drivers);
	std::atomic<bool> stop = false;
	std::vector<std::unique_ptr<thread_context>> contexts;
	std::vector<std::thread> threads;
	deeds sum;

	auto start = [&](unsigned count, const char *name, auto body) {
		for (unsigned number = 0; number < count; number++) {
			auto &context = *contexts.emplace_back(std::make_unique<thread_context>(
				options, space, number, contexts.size(), stop));
			threads.emplace_back([&everyone, &context, name, body] {
				pthread_setname_np(pthread_self(), name);
				everyone.arrive_and_wait();
				body(context);
			});
		}
	};
	start(options.faulters, "faulter", fault);
	start(options.mappers, "mapper", change_mappings);
	start(options.drivers, "driver", [device](thread_context &context) { drive(context, device); });

	if (!options.rounds) {
		std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
		stop = true;
	}
	for (std::thread &thread : threads)
		thread.join();
	for (const auto &context : contexts)
		sum += context->done;
	return sum;
}

/** Ends the process itself for --help and for options that make no sense. */
options parse(int argc, char **argv)
{
	options options;
	CLI::App app("One process that fights over its own address space.");

	app.add_option("--faulters", options.faulters, "threads that touch fresh pages")
		->check(CLI::Range(0, 256));
	app.add_option("--mappers", options.mappers, "threads that change mappings")
		->check(CLI::Range(0, 256));
	app.add_option("--driver", options.drivers, "threads that lock VMAs as a driver would")
		->check(CLI::Range(0, 256));
	auto *seconds = app.add_option("--seconds", options.seconds, "how long (default 5)")
				->check(CLI::Range(0.01, 86400.0));
	app.add_option("--rounds", options.rounds, "rounds of each thread, instead of a time")
		->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
		->excludes(seconds);
	app.add_option("--seed", options.seed, "where the random choices start");
	try {
		app.parse(argc, argv);
	} catch (const CLI::CallForHelp &help) {
		std::exit(app.exit(help));
	} catch (const CLI::ParseError &error) {
		die(std::string(error.what()) + ": see contend --help");
	}
	if (!options.rounds && options.seconds == 0)
		options.seconds = 5;
	return options;
}

} // namespace

int main(int argc, char **argv)
{
	options options = parse(argc, argv);

	// Huge pages would turn hundreds of faults into one.
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
		die_errno("prctl(PR_SET_THP_DISABLE)");
	deeds done = run(options);

	std::printf("contend: seed=%" PRIu64 " rounds=%" PRIu64 " faults=%" PRIu64
		    " mappings=%" PRIu64 " calls=%" PRIu64 " locked=%" PRIu64 " unmapped=%" PRIu64
		    "\n",
		    options.seed, done.rounds, done.faults, done.mappings, done.calls, done.locked,
		    done.unmapped);
	return 0;
}
