// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Many tasks lock the pages of one region while others keep splitting,
 * merging and replacing its mappings. What each does is drawn from a seed
 * (VMALOCK_SEED repeats it), how they meet is up to the machine; a test goes on
 * until they have met often enough.
 */
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "draws.hh"
#include "memory.hh"
#include "module.hh"
#include "task.hh"

namespace {

using namespace guest;

constexpr std::uint64_t region_pages = 16;
constexpr std::uint64_t enough_calls = 5000, enough_waits = 50, enough_kills = 5;
constexpr std::chrono::seconds patience{ 40 };

void print(const statistics &calls)
{
	std::printf("# seed %ju; %s\n", static_cast<std::uintmax_t>(seed()), calls.text().c_str());
}

/** Changes some pages of the region; every page stays mapped and readable. */
void change(random_draws &draw, const mapping &region)
{
	const std::uint64_t first = draw.below(region_pages);
	const std::uint64_t bytes = (1 + draw.below(region_pages - first)) * page_size;
	const int protection = draw.below(2) ? PROT_READ : PROT_READ | PROT_WRITE;
	void *address = region.address(first);

	switch (draw.below(3)) {
	case 0:
		mprotect(address, bytes, protection);
		break;
	case 1:
		mmap(address, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	case 2:
		madvise(address, bytes, draw.below(2) ? MADV_DONTFORK : MADV_DOFORK);
		break;
	}
}

/** Maps or unmaps some pages. */
void map_or_unmap(random_draws &draw, const mapping &region)
{
	const std::uint64_t first = draw.below(region_pages);
	const std::uint64_t bytes = (1 + draw.below(region_pages - first)) * page_size;

	if (draw.below(2))
		munmap(region.address(first), bytes);
	else
		mmap(region.address(first), bytes, PROT_READ,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

/** What the tasks of one test share. */
struct race {
	guest::device device;
	mapping region{ region_pages };
	std::atomic<bool> over = false;
	std::atomic<std::uint64_t> waits = 0;		/**< calls that may wait */
	std::atomic<std::uint64_t> unmapped = 0;	/**< of these, found nothing */
	std::atomic<bool> wrong = false;		/**< one returned a wrong range */
	lock_result first_wrong = {};
	std::uint64_t first_wrong_address = 0;

	void judge(std::uint64_t address, std::uint32_t how, const lock_result &result)
	{
		const bool right = result.nothing() ||
				   (result.locked() && result.start <= address && address < result.end &&
				    result.start >= region.start && result.end <= region.end);

		if (!is_trylock(how)) {
			waits++;
			unmapped += result.nothing();
		}
		if (!right && !wrong.exchange(true)) {
			first_wrong = result;
			first_wrong_address = address;
		}
	}

	/** Lock pages at random, and use them as anybody would: read them. */
	void read(random_draws draw, bool touch)
	{
		while (!over) {
			const std::uint64_t address = region.start + draw.below(region.bytes);
			const std::uint32_t how = draw.below(VMALOCK_TEST_HOW_NR);
			const std::uint32_t hold_us = draw.below(16) ? 0 : draw.below(200);

			judge(address, how, device.lock(how, address, hold_us));
			if (touch)
				(void)*reinterpret_cast<volatile char *>(address);
		}
	}

	void write(random_draws draw, void (*once)(random_draws &, const mapping &))
	{
		while (!over)
			once(draw, region);
	}
};

void expect_contention(const statistics &calls)
{
	expect(calls[VMALOCK_OUTCOME_WAITED] >= enough_waits,
	       "the writers hardly got in the way: nothing was proved");
}

/** Readers and writers at once, until enough was seen. */
statistics run(race &race, void (*write)(random_draws &, const mapping &), bool touch)
{
	std::vector<std::thread> tasks;
	const statistics before = statistics::now();
	const auto end = std::chrono::steady_clock::now() + patience;

	for (unsigned task = 0; task < 3; task++)
		tasks.emplace_back([&race, task, touch] { race.read(random_draws(task), touch); });
	for (unsigned task = 3; task < 5; task++)
		tasks.emplace_back([&race, task, write] { race.write(random_draws(task), write); });
	while (!race.wrong && std::chrono::steady_clock::now() < end &&
	       (race.waits < enough_calls ||
		(statistics::now() - before)[VMALOCK_OUTCOME_WAITED] < enough_waits))
		usleep(10000);
	race.over = true;
	for (std::thread &task : tasks)
		task.join();

	const statistics calls = statistics::now() - before;
	print(calls);
	char address[32];
	std::snprintf(address, sizeof(address), "%#jx", static_cast<std::uintmax_t>(race.first_wrong_address));
	expect(!race.wrong, std::string("for ") + address + ": " + race.first_wrong.text());
	return calls;
}

void always_mapped_is_never_unmapped()
{
	race race;
	const statistics calls = run(race, change, true);

	expect(race.unmapped == 0, std::to_string(race.unmapped) + " calls found nothing mapped");
	if (!kernel::locks_vmas_itself())
		expect(calls[VMALOCK_OUTCOME_FAST] + calls[VMALOCK_OUTCOME_WAITED] == race.waits,
		       std::to_string(race.waits) + " calls, counted as " + calls.text());
	expect(calls[VMALOCK_OUTCOME_UNMAPPED] + calls[VMALOCK_OUTCOME_INTERRUPTED] +
		       calls[VMALOCK_OUTCOME_SATURATED] == 0, calls.text());
	expect_contention(calls);
}

void now_and_then_mapped_is_told_apart()
{
	race race;
	const statistics calls = run(race, map_or_unmap, false);

	expect(race.unmapped > 0, "no call found nothing mapped");
	expect_contention(calls);
	if (kernel::locks_vmas_itself())
		return;
	expect(calls[VMALOCK_OUTCOME_UNMAPPED] == race.unmapped,
	       std::to_string(race.unmapped) + " found nothing, counted as " + calls.text());
	expect(calls[VMALOCK_OUTCOME_FAST] + calls[VMALOCK_OUTCOME_WAITED] +
		       calls[VMALOCK_OUTCOME_UNMAPPED] == race.waits,
	       std::to_string(race.waits) + " calls, counted as " + calls.text());
}

/** Tasks are killed wherever they are: waiting, holding, on their way. */
void killed_tasks_leave_nothing_locked()
{
	race race;
	random_draws draw(5);
	std::vector<std::thread> writers;

	for (unsigned task = 6; task < 8; task++)
		writers.emplace_back([&race, task] { race.write(random_draws(task), change); });
	const statistics before = statistics::now();
	const auto interrupted = [&] {
		return (statistics::now() - before)[VMALOCK_OUTCOME_INTERRUPTED];
	};
	const auto end = std::chrono::steady_clock::now() + patience;
	while (interrupted() < enough_kills && std::chrono::steady_clock::now() < end) {
		const std::uint64_t address = race.region.start + draw.below(race.region.bytes);
		const std::uint32_t hold_us = draw.below(2) * 1000;
		task victim([&] {
			for (;;)
				race.device.lock(VMALOCK_TEST_WAIT_KILLABLE, address, hold_us);
		});
		victim.start();
		usleep(draw.below(5000));
		victim.kill();
	}
	race.over = true;
	for (std::thread &writer : writers)
		writer.join();
	print(statistics::now() - before);
	expect(interrupted() >= enough_kills, "hardly a kill met a wait: nothing was proved");
	expect(munmap(race.region.address(), race.region.bytes) == 0, "munmap");
}

} // namespace

int main()
{
	seed(); // drawn before each test becomes a process: one for all
	return run_with_modules({
		{ "memory that is always mapped is never found unmapped", always_mapped_is_never_unmapped },
		{ "memory that comes and goes is locked or found unmapped", now_and_then_mapped_is_told_apart },
		{ "killed tasks leave nothing locked", killed_tasks_leave_nothing_locked },
	});
}
