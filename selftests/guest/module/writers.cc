// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Who waits for whom, one order of events at a time.
 *
 * User space cannot hold mmap_lock for write, but it can keep somebody there:
 * a task that holds a VMA read-locked through the test device makes a writer
 * of that VMA wait, with mmap_lock held, until the holder is killed. In
 * between everything is at rest and can be looked at. What runs meanwhile must
 * not need mmap_lock: no new thread, no allocation.
 */
#include <atomic>
#include <chrono>
#include <thread>

#include "memory.hh"
#include "module.hh"
#include "task.hh"

namespace {

using namespace guest;
using ktap::wait_until;

/** @name Writers: what they do to the memory, and what is there afterwards. */
///@{
struct unmap {
	static void write(const mapping &memory, const mapping &)
	{
		munmap(memory.address(), memory.bytes);
	}
	static bool left(const lock_result &result, const mapping &) { return result.nothing(); }
};

struct protect {
	static void write(const mapping &memory, const mapping &)
	{
		mprotect(memory.address(), memory.bytes, PROT_READ);
	}
	static bool left(const lock_result &result, const mapping &memory)
	{
		return result.is(memory.start, memory.end);
	}
};

/** The first half becomes another mapping, in one system call. */
struct replace {
	static void write(const mapping &memory, const mapping &)
	{
		mmap(memory.address(), memory.bytes / 2, PROT_READ,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	}
	static bool left(const lock_result &result, const mapping &memory)
	{
		return result.is(memory.start, memory.start + memory.bytes / 2);
	}
};

struct move_away {
	static void write(const mapping &memory, const mapping &target)
	{
		mremap(memory.address(), memory.bytes, memory.bytes,
		       MREMAP_MAYMOVE | MREMAP_FIXED, target.address());
	}
	static bool left(const lock_result &result, const mapping &) { return result.nothing(); }
};
///@}

/** A writer that waits for a holder, with mmap_lock held for write. */
template <class Writer>
class standstill {
public:
	/** Other tasks are made before, while mmap_lock can be had. */
	void begin()
	{
		holder.start();
		wait_until("the holder sleeps with the VMA locked", [&] { return holder.asleep(); });
		writer.start();
		wait_until("the writer turns readers away and sleeps", [&] {
			return writer.done() ||
			       (writer.asleep() &&
				device.lock(VMALOCK_TEST_TRYLOCK, memory.start).nothing());
		});
		expect_standing();
	}

	void expect_standing()
	{
		expect(!writer.done(), "the writer did not wait for the holder");
		expect(holder.asleep(), "the holder did not hold the lock that long");
	}

	void end()
	{
		expect_standing();
		holder.kill();
		expect(writer.join(), "the writer died");
	}

	guest::device device;
	mapping memory{ 4 }, target{ 4 };

private:
	struct hold {
		standstill &self;
		void operator()()
		{
			self.device.lock(VMALOCK_TEST_WAIT, self.memory.start,
					 VMALOCK_TEST_MAX_HOLD_US);
		}
	};
	struct write {
		standstill &self;
		void operator()() { Writer::write(self.memory, self.target); }
	};
	task<hold> holder{ { *this } };
	task<write> writer{ { *this } };
};

template <class Writer>
void writer_waits_for_the_lock()
{
	standstill<Writer> still;

	still.begin();
	still.end();
	const lock_result result = still.device.lock(VMALOCK_TEST_WAIT, still.memory.start);
	expect(Writer::left(result, still.memory), "afterwards: " + result.text());
}

/** Without VMA locks a writer waits for mmap_lock, and stands in nobody's way yet. */
void needs_vma_locks()
{
	if (!kernel::has_vma_locks())
		throw ktap::skipped("this kernel has no VMA locks");
}

template <class Writer, std::uint32_t How>
void helper_waits_for_the_writer()
{
	needs_vma_locks();
	standstill<Writer> still;
	lock_result result = {};
	task waiter([&] { result = still.device.lock(How, still.memory.start); });

	still.begin();
	const statistics before = statistics::now();
	waiter.start();
	wait_until("the helper waits for the writer", [&] { return waiter.done() || waiter.asleep(); });
	expect(!waiter.done(), "the helper did not wait: " + result.text());
	still.end();
	expect(waiter.join(), "the waiting task died");
	expect(Writer::left(result, still.memory), "the helper returned " + result.text());

	const statistics calls = statistics::now() - before;
	statistics wanted;
	if (How == VMALOCK_TEST_WAIT_KILLABLE || !kernel::locks_vmas_itself())
		wanted.calls[result.locked() ? VMALOCK_OUTCOME_WAITED : VMALOCK_OUTCOME_UNMAPPED] = 1;
	expect(calls == wanted, calls.text());
}

/**
 * The task itself cannot end yet, since exit takes mmap_lock too, but its call
 * has come to its end, and with nothing locked: writer and holder stand still.
 */
void a_kill_ends_the_killable_wait()
{
	needs_vma_locks();
	standstill<protect> still;
	task victim([&] { still.device.lock(VMALOCK_TEST_WAIT_KILLABLE, still.memory.start); });

	still.begin();
	const statistics before = statistics::now();
	victim.start();
	wait_until("the helper waits for the writer", [&] { return victim.asleep(); });
	expect(statistics::now() == before, "the call ended before the signal");
	victim.send_kill();
	wait_until("the call was interrupted", [&] {
		return statistics::now() - before == statistics{ { 0, 0, 0, 1, 0 } };
	});
	still.end();
	expect(!victim.join(), "the task survived SIGKILL");
}

void a_kill_does_not_end_the_plain_wait()
{
	needs_vma_locks();
	standstill<protect> still;
	task victim([&] { still.device.lock(VMALOCK_TEST_WAIT, still.memory.start); });

	still.begin();
	const statistics before = statistics::now();
	victim.start();
	wait_until("the helper waits for the writer", [&] { return victim.asleep(); });
	victim.send_kill();
	wait_until("the signal is pending", [&] { return victim.outlives_kill(); });
	still.end();
	expect(!victim.join(), "the task survived SIGKILL");

	const statistics calls = statistics::now() - before;
	expect(calls == (kernel::locks_vmas_itself() ? statistics{} : statistics{ { 0, 1, 0, 0, 0 } }),
	       calls.text());
	expect(munmap(still.memory.address(), still.memory.bytes) == 0, "munmap");
}

void other_mappings_are_not_in_the_way()
{
	needs_vma_locks();
	standstill<protect> still;
	mapping other(2);

	still.begin();
	const statistics before = statistics::now();
	for (std::uint32_t how = 0; how < VMALOCK_TEST_HOW_NR; how++) {
		const lock_result result = still.device.lock(how, other.start);
		expect(result.is(other.start, other.end), std::string(name(how)) + ": " + result.text());
	}
	const statistics calls = statistics::now() - before;
	still.end();
	const statistics all = { { 8, 0, 0, 0, 0, 4, 0 } }, killable = { { 4 } };
	expect(calls == (kernel::locks_vmas_itself() ? killable : all), calls.text());
}

template <std::uint32_t How>
void a_lock_ends_by_itself()
{
	constexpr std::uint32_t hold_us = 200000;
	device device;
	mapping memory(4);
	lock_result result = {};
	task holder([&] { result = device.lock(How, memory.start, hold_us); });

	const auto start = std::chrono::steady_clock::now();
	holder.start();
	wait_until("the holder sleeps with the VMA locked", [&] { return holder.asleep(); });
	munmap(memory.address(), memory.bytes);
	const auto waited = std::chrono::steady_clock::now() - start;

	expect(holder.join(), "the holder died");
	expect(result.is(memory.start, memory.end), "the holder got " + result.text());
	expect(waited >= std::chrono::microseconds(hold_us), "munmap() did not wait for the holder");
}

void closing_the_device_releases_nothing_early()
{
	constexpr std::uint32_t hold_us = 200000;
	const int file = open("/dev/vmalock_test", O_RDWR | O_CLOEXEC);
	vmalock_test_lock argument = {};
	mapping memory(4);
	task holder([&] { ioctl(file, VMALOCK_TEST_IOC_LOCK, &argument); });

	argument.address = memory.start;
	argument.how = VMALOCK_TEST_WAIT;
	argument.hold_us = hold_us;
	const auto start = std::chrono::steady_clock::now();
	holder.start();
	wait_until("the holder sleeps with the VMA locked", [&] { return holder.asleep(); });
	close(file);
	munmap(memory.address(), memory.bytes);
	expect(std::chrono::steady_clock::now() - start >= std::chrono::microseconds(hold_us),
	       "munmap() did not wait for the holder");
	expect(holder.join() && argument.vm_end == memory.end, "the holder's call failed");
}

/** A thread sleeps with a lock while its process exits: both end at once. */
void exit_ends_a_hold()
{
	const auto start = std::chrono::steady_clock::now();
	const pid_t process = fork();

	if (process == 0) {
		device device;
		mapping memory(1);
		std::atomic<pid_t> holder = 0;
		std::thread([&] {
			holder = gettid();
			device.lock(VMALOCK_TEST_WAIT, memory.start, VMALOCK_TEST_MAX_HOLD_US);
		}).detach();
		wait_until("the holder sleeps with the VMA locked", [&] { return holder && asleep(holder); });
		_exit(0);
	}
	int status;
	waitpid(process, &status, 0);
	expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the process died");
	expect(std::chrono::steady_clock::now() - start <
		       std::chrono::microseconds(VMALOCK_TEST_MAX_HOLD_US),
	       "the process did not exit before its hold was over");
}

} // namespace

int main()
{
	if (kernel::is_uml()) {
		std::printf("KTAP version 1\n1..0 # SKIP page faults of um take mmap_lock, so whoever "
			    "should wait elsewhere waits there\n");
		return 0;
	}
	constexpr auto wait = VMALOCK_TEST_WAIT;
	constexpr auto killable = VMALOCK_TEST_WAIT_KILLABLE;

	return run_with_modules({
		{ "munmap() waits for the lock", writer_waits_for_the_lock<unmap> },
		{ "mprotect() waits for the lock", writer_waits_for_the_lock<protect> },
		{ "mmap(MAP_FIXED) waits for the lock", writer_waits_for_the_lock<replace> },
		{ "mremap() waits for the lock", writer_waits_for_the_lock<move_away> },
		{ "the wait for munmap() finds nothing", helper_waits_for_the_writer<unmap, wait> },
		{ "the wait for mprotect() gets the VMA", helper_waits_for_the_writer<protect, wait> },
		{ "the wait for mmap(MAP_FIXED) gets the new VMA", helper_waits_for_the_writer<replace, wait> },
		{ "the wait for mremap() finds nothing", helper_waits_for_the_writer<move_away, wait> },
		{ "the killable wait for munmap() finds nothing", helper_waits_for_the_writer<unmap, killable> },
		{ "the killable wait for mprotect() gets the VMA", helper_waits_for_the_writer<protect, killable> },
		{ "the killable wait for mmap(MAP_FIXED) gets the new VMA", helper_waits_for_the_writer<replace, killable> },
		{ "SIGKILL ends the killable wait", a_kill_ends_the_killable_wait },
		{ "SIGKILL does not end the plain wait, which locks and lets go", a_kill_does_not_end_the_plain_wait },
		{ "a writer of one mapping is not in the way of another", other_mappings_are_not_in_the_way },
		{ "a trylock ends by itself and the writer goes on", a_lock_ends_by_itself<VMALOCK_TEST_TRYLOCK> },
		{ "a wait's lock ends by itself and the writer goes on", a_lock_ends_by_itself<wait> },
		{ "closing the device during a call releases nothing early", closing_the_device_releases_nothing_early },
		{ "exit ends a hold", exit_ends_a_hold },
	});
}
