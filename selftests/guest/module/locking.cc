// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * One task without any writer: what each call returns, counts and refuses.
 */
#include <chrono>
#include <cstdint>
#include <sys/syscall.h>

#include "memory.hh"
#include "module.hh"
#include "task.hh"

namespace {

using namespace guest;

/** Kinds of memory that a process may have beside what it was born with. */
void map_all_kinds()
{
	const int zero = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const int memory = static_cast<int>(syscall(SYS_memfd_create, "test", 0));

	expect(zero >= 0 && memory >= 0 && ftruncate(memory, 16 * page_size) == 0, "no files to map");
	for (int protection : { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE }) {
		mmap(nullptr, 3 * page_size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		mmap(nullptr, 3 * page_size, protection, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		mmap(nullptr, 3 * page_size, protection, MAP_PRIVATE, zero, 0);
		mmap(nullptr, 3 * page_size, protection, MAP_SHARED, memory, 0);
	}
	mmap(nullptr, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	mmap(nullptr, page_size, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
}

void maps_are_locked_exactly()
{
	static char text[1 << 20];
	device device;
	unsigned checked = 0;

	map_all_kinds();
	// From here on nothing is allocated: the maps must stay as they were read.
	const int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	std::size_t size = 0;
	for (ssize_t part; (part = read(maps, text + size, sizeof(text) - 1 - size)) > 0;)
		size += part;
	close(maps);

	for (char *line = text; *line; line = std::strchr(line, '\n') + 1) {
		char *rest;
		const std::uint64_t start = std::strtoull(line, &rest, 16);
		const std::uint64_t end = std::strtoull(rest + 1, &rest, 16);

		// Not a mapping of the process: the kernel only pretends.
		if (static_cast<std::int64_t>(start) < 0)
			continue;
		for (std::uint32_t how = 0; how < VMALOCK_TEST_HOW_NR; how++) {
			for (std::uint64_t address : { start, start + (end - start) / 2, end - 1 }) {
				const lock_result result = device.lock(how, address);
				expect(result.is(start, end),
				       std::string(name(how)) + ": " + result.text() + " for " +
					       std::string(line, std::strcspn(line, "\n")));
				checked++;
			}
		}
	}
	expect(checked > 100, "only " + std::to_string(checked) + " locks were tried");
}

void nothing_is_mapped()
{
	device device;
	mapping hole(2);

	munmap(hole.address(), hole.bytes);
	for (std::uint32_t how = 0; how < VMALOCK_TEST_HOW_NR; how++) {
		for (std::uint64_t address : { hole.start, hole.end - 1, std::uint64_t(0),
					       std::uint64_t(1) << 62, ~std::uint64_t(0) }) {
			const lock_result result = device.lock(how, address);
			expect(result.nothing(), std::string(name(how)) + ": " + result.text());
		}
	}
}

void ranges_follow_the_mapping()
{
	device device;
	mapping memory(4);

	mprotect(memory.address(1), page_size, PROT_READ);
	for (std::uint32_t how = 0; how < VMALOCK_TEST_HOW_NR; how++) {
		expect(device.lock(how, memory.start).is(memory.start, memory.start + page_size),
		       "the page before the split");
		expect(device.lock(how, memory.start + page_size)
			       .is(memory.start + page_size, memory.start + 2 * page_size),
		       "the page that was split off");
		expect(device.lock(how, memory.end - 1).is(memory.start + 2 * page_size, memory.end),
		       "the pages after the split");
	}
	mprotect(memory.address(1), page_size, PROT_READ | PROT_WRITE);
	for (std::uint32_t how = 0; how < VMALOCK_TEST_HOW_NR; how++)
		expect(device.lock(how, memory.start + page_size).is(memory.start, memory.end),
		       "the mapping merged again");
}

void calls_are_counted()
{
	device device;
	mapping memory(1), hole(1);

	munmap(hole.address(), hole.bytes);
	const statistics before = statistics::now();
	for (int call = 0; call < 100; call++) {
		device.lock(VMALOCK_TEST_WAIT, memory.start);
		device.lock(VMALOCK_TEST_WAIT_KILLABLE, memory.start);
		device.lock(VMALOCK_TEST_WAIT, hole.start);
		device.lock(VMALOCK_TEST_TRYLOCK, memory.start);
		device.lock(VMALOCK_TEST_TRYLOCK, hole.start);
	}
	const statistics calls = statistics::now() - before;
	const statistics all = { { 200, 0, 100, 0, 0, 100, 100 } }, killable = { { 100 } };
	expect(calls == (kernel::locks_vmas_itself() ? killable : all), calls.text());
}

/** By the trylock, and by vma_start_read_locked(): the same range, and even books. */
void the_stack_maps_way_locks_and_releases()
{
	device device;
	mapping memory(4), hole(1);

	munmap(hole.address(), hole.bytes);
	mprotect(memory.address(1), page_size, PROT_READ);
	const statistics before = statistics::now();
	for (bool no_trylock : { false, true }) {
		for (unsigned call = 0; call < 50; call++) {
			const lock_result result = device.lock_as_stackmap(no_trylock, memory.start + page_size);
			expect(result.is(memory.start + page_size, memory.start + 2 * page_size), result.text());
			expect(device.lock_as_stackmap(no_trylock, hole.start).nothing(), "a hole");
		}
	}
	const statistics calls = statistics::now() - before;
	const statistics all = { { 50, 0, 0, 0, 0, 50, 50 } };
	expect(calls == (kernel::locks_vmas_itself() ? statistics{} : all), calls.text());
	expect(held_line() == "held 0", held_line());
	// Neither lock is left, nor one released that was not taken.
	expect(munmap(memory.address(), memory.bytes) == 0, "munmap");
}

/** It holds the VMA, and mmap_lock no more: others map and unmap meanwhile. */
void the_stack_maps_way_lets_go_of_mmap_lock()
{
	if (!kernel::has_vma_locks())
		throw ktap::skipped("mmap_lock is the lock of a VMA here");
	device device;
	mapping memory(1);
	lock_result result = {};
	task holder([&] { result = device.lock_as_stackmap(true, memory.start, 60000000); });

	holder.start();
	ktap::wait_until("the holder sleeps with the VMA locked", [&] { return holder.asleep(); });
	mapping others(1);
	expect(munmap(others.address(), others.bytes) == 0, "munmap");
	expect(holder.asleep(), "it was waited for");
	holder.kill();
	expect(munmap(memory.address(), memory.bytes) == 0, "munmap");
}

void a_hold_lasts()
{
	device device;
	mapping memory(1);
	const auto start = std::chrono::steady_clock::now();

	expect(device.lock(VMALOCK_TEST_WAIT, memory.start, 50000).locked(), "not locked");
	expect(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(50),
	       "the lock was held too short");
}

void expect_error(int wanted, int result, const char *what)
{
	const int error = result == 0 ? 0 : errno;

	expect(error == wanted, std::string(what) + ": " + std::strerror(error) + ", not " +
					std::strerror(wanted));
}

void bad_arguments_are_refused()
{
	device device;
	mapping memory(1);
	const statistics before = statistics::now();
	vmalock_test_lock argument = {};

	argument.address = memory.start;
	argument.how = VMALOCK_TEST_HOW_NR;
	expect_error(EINVAL, ioctl(device.fd, VMALOCK_TEST_IOC_LOCK, &argument), "how");
	argument.how = ~0u;
	expect_error(EINVAL, ioctl(device.fd, VMALOCK_TEST_IOC_LOCK, &argument), "how");
	argument.how = VMALOCK_TEST_WAIT;
	argument.hold_us = VMALOCK_TEST_MAX_HOLD_US + 1;
	expect_error(EINVAL, ioctl(device.fd, VMALOCK_TEST_IOC_LOCK, &argument), "hold_us");
	argument.hold_us = 0;

	expect_error(ENOTTY, ioctl(device.fd, _IO('v', 0x10), &argument), "no size");
	expect_error(ENOTTY, ioctl(device.fd, _IOWR('v', 0x10, char), &argument), "wrong size");
	expect_error(ENOTTY, ioctl(device.fd, _IOWR('v', 0x13, vmalock_test_lock), &argument),
		     "unknown number");
	expect_error(EFAULT, ioctl(device.fd, VMALOCK_TEST_IOC_LOCK, nullptr), "null");

	const statistics calls = statistics::now() - before;
	expect(calls == statistics{}, "a refused call locked something: " + calls.text());
}

void a_failed_copy_leaves_nothing_locked()
{
	device device;
	mapping memory(2);
	auto *argument = static_cast<vmalock_test_lock *>(memory.address());

	argument->address = memory.start;
	argument->how = VMALOCK_TEST_WAIT;
	mprotect(memory.address(), page_size, PROT_READ);
	expect_error(EFAULT, ioctl(device.fd, VMALOCK_TEST_IOC_LOCK, argument), "read-only argument");
	expect(munmap(memory.address(), memory.bytes) == 0, "munmap");
}

/** ioctl() as a 32-bit program calls it; its number on i386 is 54. */
[[maybe_unused]] long ioctl_32([[maybe_unused]] long number, [[maybe_unused]] long fd,
			       [[maybe_unused]] long command, [[maybe_unused]] long argument)
{
#ifdef __x86_64__
	long result;
	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(number), "b"(fd), "c"(command), "d"(argument)
		     : "memory", "r8", "r9", "r10", "r11");
	return result;
#else
	throw ktap::skipped("only x86 runs 32-bit system calls in a 64-bit program");
#endif
}

#ifndef MAP_32BIT
#define MAP_32BIT 0 /* x86 alone has it, and a use for it here */
#endif

void a_32_bit_program_can_call()
{
	if (kernel::is_uml())
		throw ktap::skipped("um runs no 32-bit programs");
	device device;
	mapping memory(1);
	void *low = mmap(nullptr, page_size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	auto *argument = static_cast<vmalock_test_lock *>(low);

	expect(low != MAP_FAILED, "no memory below 2 GiB");
	signal(SIGSEGV, [](int) { _exit(ktap::skip_status); });
	argument->address = memory.start;
	argument->how = VMALOCK_TEST_WAIT;
	const long result = ioctl_32(54, device.fd, VMALOCK_TEST_IOC_LOCK,
				     reinterpret_cast<long>(low));
	if (result == -ENOSYS)
		throw ktap::skipped("the kernel runs no 32-bit programs");
	expect(result == 0, std::strerror(static_cast<int>(-result)));
	expect(argument->vm_start == memory.start && argument->vm_end == memory.end, "wrong range");
}

} // namespace

int main()
{
	return run_with_modules({
		{ "each mapping is locked with the range in /proc/self/maps", maps_are_locked_exactly },
		{ "where nothing is mapped nothing is locked", nothing_is_mapped },
		{ "the range follows splits and merges", ranges_follow_the_mapping },
		{ "each call is counted once, as what it was", calls_are_counted },
		{ "the stack map's way locks and releases", the_stack_maps_way_locks_and_releases },
		{ "and lets go of mmap_lock in between", the_stack_maps_way_lets_go_of_mmap_lock },
		{ "a lock is held as long as asked for", a_hold_lasts },
		{ "bad arguments are refused and lock nothing", bad_arguments_are_refused },
		{ "a failed copy to user space leaves nothing locked", a_failed_copy_leaves_nothing_locked },
		{ "a 32-bit program can call the device", a_32_bit_program_can_call },
	});
}
