// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Senders, the shrinker and writers all at once, for a while, both ways.
 */
#include <thread>

#include "binder.hh"

namespace {

using namespace guest;
using std::chrono::steady_clock;

constexpr std::chrono::seconds how_long{ 4 };

/**
 * In the receiver: write-locks the area's VMA again and again. A reader that
 * comes between makes that last a millisecond.
 */
std::uint64_t starts_to_write(char *memory, std::uint64_t bytes, std::uint64_t)
{
	std::thread([=] {
		for (unsigned round = 0;; round++) {
			madvise(memory, bytes, round % 2 ? MADV_RANDOM : MADV_NORMAL);
			usleep(500);
		}
	}).detach();
	std::thread([=] {
		device device;
		for (;;) {
			device.lock(VMALOCK_TEST_WAIT, reinterpret_cast<std::uint64_t>(memory), 1000);
			usleep(500);
		}
	}).detach();
	return 0;
}

/** In a process of its own: sends, looks, frees. @return how often, or 0. */
unsigned send_for_a_while(const binder_file &file, const receiver &receiver, std::uint32_t seed)
{
	const auto end = steady_clock::now() + how_long;
	unsigned sends = 0;

	for (; steady_clock::now() < end; sends++) {
		const std::vector<char> data = pattern(1 + seed % (4 * page_size), seed + sends);
		std::uint32_t offset;

		seed = seed * 1664525 + 1013904223;
		const int error = file.send(data.data(), data.size(), &offset);
		if (error == ENOSPC)
			continue;
		expect_error(error, 0, "SEND");
		receiver.expect_data(offset, data.data(), data.size(), "SEND");
		file.freed(offset);
	}
	return sends;
}

template <std::uint32_t Way> void everything_at_once()
{
	binder_file file(Way);
	receiver receiver(file, 32 * page_size);
	constexpr unsigned senders = 3;
	pid_t pids[senders];

	receiver.run(starts_to_write);
	for (unsigned sender = 0; sender < senders; sender++) {
		pids[sender] = fork();
		if (pids[sender] != 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		try {
			_exit(send_for_a_while(file, receiver, sender + 1) ? 0 : 1);
		} catch (const std::exception &why) {
			std::printf("# %s\n", why.what());
			std::fflush(stdout);
			_exit(1);
		}
	}
	for (const auto end = steady_clock::now() + how_long; steady_clock::now() < end;) {
		drop_caches();
		usleep(1000);
	}
	for (pid_t pid : pids) {
		int status = 0;
		waitpid(pid, &status, 0);
		expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a sender failed");
	}
	receiver.kill();
	drop_caches();
	file.expect_now(0, 0, 0, "afterwards");

	const binder_stats stats = file.stats();
	std::string text;
	for (std::uint64_t count : stats.events)
		text += " " + std::to_string(count);
	for (vmalock_binder_event event : { VMALOCK_BINDER_INSTALLED, VMALOCK_BINDER_REUSED,
					    VMALOCK_BINDER_RECLAIMED, VMALOCK_BINDER_SKIPPED_VMA,
					    Way ? VMALOCK_BINDER_INSERT_MMAP : VMALOCK_BINDER_INSERT_HELPER })
		expect(stats[event] > 0, "event " + std::to_string(event) + " never came:" + text);
	expect_equal(stats[VMALOCK_BINDER_INSERT_MISSED], 0, "missed");
	expect_equal(stats[VMALOCK_BINDER_INSTALLED], stats[VMALOCK_BINDER_RECLAIMED],
		     "pages that came and pages that went");
}

} // namespace

int main()
{
	return run_binder_tests({
		{ "new way: senders, shrinker and writers at once", everything_at_once<VMALOCK_BINDER_NEW_WAY> },
		{ "old way: senders, shrinker and writers at once", everything_at_once<VMALOCK_BINDER_OLD_WAY> },
		{ "nothing is left", nothing_is_left },
	});
}
