// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The first VMA of a range, without mmap_lock: what it is while nobody writes, and beside
 * a writer that records what it maps. VMALOCK_SEED repeats the draws.
 */
#include <atomic>
#include <bit>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "draws.hh"
#include "memory.hh"
#include "module.hh"
#include "task.hh"

namespace {

using namespace guest;

/** All of user space, and nothing else: x86 splits at 47 bits, arm64 at 48. */
constexpr std::uint64_t all = 1ull << 48;

void a_walk_sees_each_mapping()
{
	static char text[1 << 20];
	device device;
	mapping split(4);

	mprotect(split.address(1), page_size, PROT_READ);
	// From here on nothing is allocated: the maps must stay as they were read.
	const int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	std::size_t size = 0;
	for (ssize_t part; (part = read(maps, text + size, sizeof(text) - 1 - size)) > 0;)
		size += part;
	close(maps);

	std::uint64_t vmas = 0, bytes = 0, address = 0;
	for (char *line = text; *line; line = std::strchr(line, '\n') + 1) {
		char *rest;
		const std::uint64_t start = std::strtoull(line, &rest, 16);
		const std::uint64_t end = std::strtoull(rest + 1, &rest, 16);

		if (start >= all)
			continue;
		for (bool killable : { false, true }) {
			const lock_result result = device.lock_next(address, all, killable);
			expect(result.is(start, end), result.text() + " for " + std::string(line, std::strcspn(line, "\n")));
		}
		address = end;
		vmas++;
		bytes += end - start;
	}
	expect(device.lock_next(address, all, true).nothing(), "a mapping behind the last");
	vmalock_test_walk walk = { 0, all, 0, 0 };
	expect(ioctl(device.fd, VMALOCK_TEST_IOC_WALK, &walk) == 0, std::strerror(errno));
	expect(walk.vmas == vmas && walk.bytes == bytes && vmas > 5,
	       std::to_string(walk.vmas) + " mappings of " + std::to_string(vmas));
}

/** Four pages, of which the second and the third are a hole. */
struct holed {
	mapping memory{ 4 };
	holed() { munmap(memory.address(1), 2 * page_size); }
	std::uint64_t page(unsigned number) const { return memory.start + number * page_size; }
};

void the_range_is_kept_to()
{
	device device;
	holed hole;

	for (bool killable : { false, true }) {
		const auto next = [&](std::uint64_t address, std::uint64_t end) {
			return device.lock_next(address, end, killable);
		};
		expect(next(hole.page(0), hole.page(4)).is(hole.page(0), hole.page(1)), "it begins here");
		expect(next(hole.page(1) - 1, hole.page(1)).is(hole.page(0), hole.page(1)), "its last byte");
		expect(next(hole.page(1), hole.page(4)).is(hole.page(3), hole.page(4)), "behind the hole");
		expect(next(hole.page(1), hole.page(3) + 1).is(hole.page(3), hole.page(4)), "its first byte");
		expect(next(hole.page(1), hole.page(3)).nothing(), "the hole");
		expect(next(hole.page(3), hole.page(3)).nothing(), "no range");
		expect(next(hole.page(4), hole.page(0)).nothing(), "a range that ends before it begins");
		expect(next(~std::uint64_t(0) - 1, ~std::uint64_t(0)).nothing(), "the end of the world");
	}
}

void a_quiet_walk_takes_no_mmap_lock()
{
	if (!kernel::has_vma_locks())
		throw ktap::skipped("mmap_lock is the lock of a VMA here");
	device device;
	holed hole;
	const statistics before = statistics::now();

	for (int call = 0; call < 50; call++) {
		device.lock_next(hole.page(0), hole.page(4), call % 2);
		device.lock_next(hole.page(1), hole.page(4), call % 2);
		device.lock_next(hole.page(1), hole.page(2), call % 2);
	}
	const statistics calls = statistics::now() - before;
	expect(calls == statistics{ { 100, 0, 50 } }, calls.text());
	expect(held_line() == "held 0", held_line());
}

/** It keeps the VMA, and nothing else, from being changed. */
void the_next_stays_locked()
{
	if (!kernel::has_vma_locks())
		throw ktap::skipped("mmap_lock is the lock of a VMA here");
	constexpr std::uint32_t hold_us = 200000;
	const std::string held = kernel::locks_vmas_itself() ? "held 0" : "held 1";
	device device;
	holed hole;
	lock_result result = {};
	task holder([&] { result = device.lock_next(hole.page(1), hole.page(4), true, hold_us); });

	const auto start = std::chrono::steady_clock::now();
	holder.start();
	ktap::wait_until("the holder sleeps with the VMA locked", [&] { return holder.asleep(); });
	expect(held_line() == held, held_line());
	mapping others(1);
	expect(holder.asleep(), "it was waited for");
	munmap(hole.memory.address(3), page_size);
	expect(std::chrono::steady_clock::now() - start >= std::chrono::microseconds(hold_us),
	       "munmap() did not wait for the holder");
	expect(holder.join() && result.is(hole.page(3), hole.page(4)), result.text());
}

constexpr unsigned region_pages = 16;
constexpr std::uint64_t enough_calls = 20000, enough_waits = 50, enough_gaps = 500, enough_changes = 2000;
constexpr std::chrono::seconds patience{ 60 };

/**
 * What is mapped in the region, a bit a page, as the only task that changes it noted it:
 * a state before the system call that brings it about, whose end is noted after it. So
 * what somebody sees in between is one of those from `done` before to `begun` after.
 */
class record {
public:
	static constexpr std::size_t most = 1 << 22;

	explicit record(std::uint16_t first) : states_(most) { states_[0] = first; }

	std::uint16_t last() const { return states_[begun]; }
	bool full() const { return begun + 1 == most; }

	template <class Call>
	void change(std::uint16_t state, Call call)
	{
		states_[begun + 1] = state;
		begun++;
		call();
		done++;
	}

	/** Was, from state @p from to @p to, @p page the first of @p range in one? */
	bool was_first(std::size_t from, std::size_t to, std::uint32_t range, unsigned page) const
	{
		for (std::size_t state = from; state <= to; state++)
			if (std::countr_zero((states_[state] & range) | 1u << region_pages) == static_cast<int>(page))
				return true;
		return false;
	}

	std::atomic<std::size_t> begun = 0, done = 0;

private:
	std::vector<std::uint16_t> states_;
};

/** One task maps and unmaps, others ask for the first mapping from a page on. */
struct range_race {
	guest::device device;
	// Far from where the kernel looks for room: nobody else's memory comes in here.
	mapping region{ region_pages, reinterpret_cast<void *>(1ull << 32) };
	record states{ 0xffff };
	std::atomic<bool> over = false;
	std::atomic<std::uint64_t> calls = 0, gaps = 0, wrong = 0;

	void map(unsigned first, unsigned pages, bool writable)
	{
		states.change(states.last() | bits(first, pages), [&] {
			mmap(region.address(first), pages * page_size, writable ? PROT_READ | PROT_WRITE : PROT_READ,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		});
	}

	void unmap(unsigned first, unsigned pages)
	{
		states.change(states.last() & ~bits(first, pages),
			      [&] { munmap(region.address(first), pages * page_size); });
	}

	/** Mostly small ones, that leave gaps and grow into each other. */
	void write(random_draws draw)
	{
		while (!over && !states.full()) {
			const unsigned first = draw.below(region_pages);
			const unsigned pages = 1 + draw.below(std::min(3u, region_pages - first));

			switch (draw.below(8)) {
			case 0:
			case 1: map(first, pages, false); break;
			case 2: map(first, pages, true); break;
			case 3: mprotect(region.address(first), pages * page_size, PROT_READ); break;
			case 4: unmap(0, region_pages - draw.below(3)); break;
			default: unmap(first, pages); break;
			}
		}
	}

	void read(random_draws draw)
	{
		while (!over) {
			const unsigned page = draw.below(region_pages);
			const std::uint64_t address = region.start + page * page_size;
			const std::size_t from = states.done;
			const lock_result result = device.lock_next(address, region.end, draw.below(2));
			const std::size_t to = states.begun;
			const std::uint64_t first = std::max(result.start, address);

			calls++;
			gaps += result.locked() && result.start > address;
			wrong += result.error != 0 ||
				 !states.was_first(from, to, 0xffffu << page & 0xffff,
						   result.locked() ? (first - region.start) / page_size : region_pages);
		}
	}

private:
	static std::uint16_t bits(unsigned first, unsigned pages) { return ((1u << pages) - 1) << first; }
};

void a_walk_beside_a_writer_is_right()
{
	range_race race;
	std::vector<std::thread> tasks;
	const statistics before = statistics::now();
	const auto end = std::chrono::steady_clock::now() + patience;
	const auto seen = [&] { return statistics::now() - before; };

	for (unsigned task = 0; task < 3; task++)
		tasks.emplace_back([&race, task] { race.read(random_draws(task)); });
	tasks.emplace_back([&race] { race.write(random_draws(3)); });
	while (!race.wrong && std::chrono::steady_clock::now() < end &&
	       (race.calls < enough_calls || race.gaps < enough_gaps || race.states.begun < enough_changes ||
		seen()[VMALOCK_OUTCOME_WAITED] < enough_waits))
		usleep(10000);
	race.over = true;
	for (std::thread &task : tasks)
		task.join();

	const statistics calls = seen();
	std::printf("# seed %ju; %ju calls, %ju behind a gap, %zu changes; %s\n",
		    static_cast<std::uintmax_t>(seed()), static_cast<std::uintmax_t>(race.calls.load()),
		    static_cast<std::uintmax_t>(race.gaps.load()), race.states.begun.load(), calls.text().c_str());
	expect(race.wrong == 0, std::to_string(race.wrong) + " calls returned what was the first at no moment");
	expect(calls[VMALOCK_OUTCOME_FAST] + calls[VMALOCK_OUTCOME_WAITED] + calls[VMALOCK_OUTCOME_UNMAPPED] == race.calls,
	       std::to_string(race.calls) + " calls, counted as " + calls.text());
	expect(calls[VMALOCK_OUTCOME_WAITED] >= enough_waits && race.gaps >= enough_gaps &&
		       race.states.begun >= enough_waits,
	       "the writer hardly got in the way: nothing was proved");
	expect(held_line() == "held 0", held_line());
}

} // namespace

int main()
{
	seed(); // drawn before each test becomes a process: one for all
	return run_with_modules({
		{ "a walk sees each mapping that /proc/self/maps has", a_walk_sees_each_mapping },
		{ "what lies outside of the range is not returned", the_range_is_kept_to },
		{ "a walk that nobody disturbs takes no mmap_lock", a_quiet_walk_takes_no_mmap_lock },
		{ "what was found stays locked, and mmap_lock is free", the_next_stays_locked },
		{ "beside a writer, each was the first in one moment", a_walk_beside_a_writer_is_right },
	});
}
