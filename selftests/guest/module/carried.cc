// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The test device with the header that drivers carry, where there is no vmalock.ko: the
 * same calls do the same, by mmap_lock or by the kernel's own.
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

void vmalock_is_not_there()
{
	std::ifstream modules("/proc/modules");

	for (std::string line; std::getline(modules, line);)
		expect(!line.starts_with("vmalock ") && line.find(" vmalock_carried,") == std::string::npos, line);
	expect(access("/sys/kernel/debug/vmalock", F_OK) != 0, "/sys/kernel/debug/vmalock");
	expect(access("/dev/vmalock_test", R_OK) == 0, "/dev/vmalock_test");
}

void each_way_locks_what_is_there()
{
	device device;
	mapping memory(4);

	mprotect(memory.address(1), page_size, PROT_READ);
	munmap(memory.address(2), page_size);
	for (std::uint32_t how = 0; how < VMALOCK_TEST_HOW_NR; how++) {
		const auto at = [&](unsigned page) { return device.lock(how, memory.start + page * page_size); };
		expect(at(0).is(memory.start, memory.start + page_size), name(how));
		expect(at(1).is(memory.start + page_size, memory.start + 2 * page_size), name(how));
		expect(at(2).nothing(), std::string(name(how)) + " in a hole");
		expect(device.lock(how, ~std::uint64_t(0)).nothing(), std::string(name(how)) + " beyond");
	}
	for (bool killable : { false, true }) {
		const std::uint64_t hole = memory.start + 2 * page_size;
		expect(device.lock_next(hole, memory.end, killable).is(hole + page_size, memory.end), "the next");
		expect(device.lock_next(hole, hole + page_size, killable).nothing(), "the next in a hole");
		expect(device.lock_next(hole, hole, killable).nothing(), "the next of no range");
	}
	for (bool no_trylock : { false, true })
		expect(device.lock_as_stackmap(no_trylock, memory.start).is(memory.start, memory.start + page_size),
		       "as the stack map");
}

void a_writer_waits()
{
	if (kernel::is_uml())
		throw ktap::skipped("page faults of um take mmap_lock");
	constexpr std::uint32_t hold_us = 100000;

	for (std::uint32_t how = 0; how < VMALOCK_TEST_HOW_NR; how++) {
		device device;
		mapping memory(4);
		lock_result result = {};
		task holder([&] { result = device.lock(how, memory.start, hold_us); });

		const auto start = std::chrono::steady_clock::now();
		holder.start();
		ktap::wait_until("the holder sleeps with the VMA locked", [&] { return holder.asleep(); });
		munmap(memory.address(), memory.bytes);
		expect(std::chrono::steady_clock::now() - start >= std::chrono::microseconds(hold_us),
		       std::string(name(how)) + ": munmap() did not wait");
		expect(holder.join() && result.is(memory.start, memory.end), result.text());
	}
}

/** Memory that is always mapped is found by each call that may wait. */
void beside_a_writer_nothing_is_missed()
{
	constexpr std::uint64_t pages = 8, enough = 3000;
	device device;
	mapping memory(pages);
	std::atomic<bool> over = false;
	std::atomic<std::uint64_t> missed = 0;
	std::thread writer([&] {
		random_draws draw(0);
		while (!over)
			mprotect(memory.address(draw.below(pages)), page_size,
				 draw.below(2) ? PROT_READ : PROT_READ | PROT_WRITE);
	});
	std::vector<std::thread> readers;

	for (unsigned task = 1; task < 3; task++)
		readers.emplace_back([&, task] {
			random_draws draw(task);
			for (std::uint64_t call = 0; call < enough; call++) {
				const std::uint32_t how = draw.below(VMALOCK_TEST_HOW_NR);
				const std::uint64_t address = memory.start + draw.below(memory.bytes);
				const lock_result result = device.lock(how, address),
						  next = device.lock_next(address, memory.end, call % 2);
				missed += (!is_trylock(how) || !result.nothing()) &&
					  !(result.start <= address && address < result.end);
				missed += !(next.start <= address && address < next.end);
			}
		});
	for (std::thread &reader : readers)
		reader.join();
	over = true;
	writer.join();
	expect(missed == 0, std::to_string(missed) + " calls did not find what is mapped");
}

} // namespace

int main()
{
	seed(); // drawn before each test becomes a process: one for all
	return run_with_only({ "vmalock_carried" },
			     {
				     { "the module needs no vmalock.ko", vmalock_is_not_there },
				     { "each way locks what is there, and nothing else", each_way_locks_what_is_there },
				     { "a writer waits for each way's lock", a_writer_waits },
				     { "beside a writer nothing is missed", beside_a_writer_nothing_is_missed },
			     });
}
