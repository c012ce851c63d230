// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * track_owner=1: the list of lock holders, and assertions that are exact for locks
 * taken through vmalock.
 */
#include <sys/prctl.h>

#include "task.hh"
#include "verdicts.hh"

namespace {

using namespace guest;

const char *const list = "/sys/kernel/debug/vmalock/owners";

enum class by { address, range, mmap_lock, nr };

struct holder {
	const device &opened;
	const mapping &memory;
	by way = by::address;
	void operator()() const
	{
		constexpr std::uint32_t hold_us = VMALOCK_TEST_MAX_HOLD_US;

		prctl(PR_SET_NAME, "the\nhold\x1b[2Jer");
		switch (way) {
		case by::range: opened.lock_next(memory.start, memory.end, true, hold_us); break;
		case by::mmap_lock: opened.lock_as_stackmap(true, memory.start, hold_us); break;
		default: opened.lock(VMALOCK_TEST_WAIT, memory.start, hold_us); break;
		}
	}
};

void nobody_holds_anything()
{
	expect(text_of(list) == "untracked 0\n", text_of(list));
}

/** However it got its lock: by an address, as the first of a range, or kept from mmap_lock. */
void a_holder_is_listed_as_long_as_it_holds()
{
	for (int way = 0; way < static_cast<int>(by::nr); way++) {
		device device;
		mapping memory(3);
		task holding(holder{ device, memory, static_cast<by>(way) });
		char range[64];

		std::snprintf(range, sizeof(range), "vma %#jx-%#jx ", static_cast<std::uintmax_t>(memory.start),
			      static_cast<std::uintmax_t>(memory.end));
		holding.start();
		ktap::wait_until("the holder sleeps with the VMA locked", [&] { return holding.asleep(); });
		const std::string held = text_of(list);
		expect(held.find(" caller vmalock_testdev " + std::string(range) + "held_ns ") != std::string::npos, held);
		expect(held.find(" comm the?hold?[2Jer\n") != std::string::npos, held);
		expect(held.starts_with("pid "), held);
		holding.kill();
		nobody_holds_anything();
	}
}

void the_list_is_for_root()
{
	if (const pid_t child = fork(); child == 0) {
		if (setgid(65534) || setuid(65534))
			_exit(2);
		_exit(access(list, R_OK) == 0);
	} else {
		int status;
		waitpid(child, &status, 0);
		expect(status == 0, "nobody may read who holds what");
	}
}

void ones_own_lock_is_known()
{
	device device;
	mapping memory(1);

	if (!kernel::has_vma_locks())
		throw ktap::skipped("without per-VMA locks only lockdep knows");
	expect_verdicts(device, VMALOCK_TEST_READ_LOCKED, memory, "yes no yes yes");
	expect_verdicts(device, VMALOCK_TEST_UNLOCKED, memory, "no no no yes");
}

void anothers_lock_does_not_pass_for_ones_own()
{
	device device;
	mapping memory(1);
	task one(holder{ device, memory }), two(holder{ device, memory });

	if (!kernel::has_vma_locks())
		throw ktap::skipped("without per-VMA locks only lockdep knows");
	for (task<holder> *each : { &one, &two }) {
		each->start();
		ktap::wait_until("the holder sleeps with the VMA locked", [&] { return each->asleep(); });
		expect_verdicts(device, VMALOCK_TEST_UNLOCKED, memory, "no no no yes");
		expect_verdicts(device, VMALOCK_TEST_READ_LOCKED, memory, "yes no yes yes");
	}
}

void the_count_of_locks_held_goes_up_and_down()
{
	device device;
	mapping memory(1);
	task holding(holder{ device, memory });
	const char *stats = "/sys/kernel/debug/vmalock/stats";

	holding.start();
	ktap::wait_until("the holder sleeps with the VMA locked", [&] { return holding.asleep(); });
	expect(text_of(stats).find("\nheld 1\n") != std::string::npos, text_of(stats));
	holding.kill();
	expect(text_of(stats).find("\nheld 0\n") != std::string::npos, text_of(stats));
}

} // namespace

int main()
{
	if (kernel::locks_vmas_itself()) {
		std::printf("KTAP version 1\n1..0 # SKIP this kernel locks VMAs itself\n");
		return 0;
	}
	return run_with_modules({
		{ "nobody holds anything", nobody_holds_anything },
		{ "a holder is listed as long as it holds", a_holder_is_listed_as_long_as_it_holds },
		{ "the list is for root", the_list_is_for_root },
		{ "one's own lock is known", ones_own_lock_is_known },
		{ "another's lock does not pass for one's own", anothers_lock_does_not_pass_for_ones_own },
		{ "the count of locks held goes up and down", the_count_of_locks_held_goes_up_and_down },
	}, { "vmalock_testdev" }, "track_owner=1");
}
