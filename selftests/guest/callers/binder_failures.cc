// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Each allocation and lookup fails once. After each, whatever the call said,
 * nothing may be left over, and the file must work as if nothing had been.
 */
#include "binder.hh"

namespace {

using namespace guest;

constexpr unsigned pages = 3;

/** A send, a free and a scan: they leave a healthy file as they found it. */
void expect_healthy(const binder_file &file, const receiver &receiver, const std::string &when)
{
	const std::vector<char> data = pattern(pages * page_size, 99);
	const std::uint32_t offset = file.sent(data.data(), data.size());

	expect_equal(offset, 0, when + ": space was lost, offset");
	receiver.expect_data(offset, data.data(), data.size(), when);
	file.freed(offset);
	drop_caches();
	file.expect_now(0, 0, 0, when + ", at last");
}

/**
 * Run @p attempt with the first failure, the second, and so on, until it says
 * that none came. @return how many there were.
 */
template <class Attempt> unsigned each_failure(Attempt attempt)
{
	unsigned nth = 1;

	while (attempt(nth, "failure " + std::to_string(nth) + ": "))
		expect(++nth < 1000, "failures come to no end");
	return nth - 1;
}

/** Run @p call with one failure; whether it came. */
template <class Call> bool with_failure(const binder_file &file, unsigned nth, Call call)
{
	file.fail_nth(nth);
	call();
	return !file.fail_nth(0);
}

void mmap_fails()
{
	binder_file file;
	char *memory = nullptr, byte = 1;

	const unsigned points = each_failure([&](unsigned nth, const std::string &when) {
		std::uint32_t offset;
		int error = 0;

		const bool came = with_failure(file, nth, [&] {
			memory = file.map(4 * page_size);
			error = memory == MAP_FAILED ? errno : 0;
		});
		expect_error(error, came ? ENOMEM : 0, when + "mmap()");
		if (came)
			expect_error(file.send(&byte, 1, &offset), ESRCH, when + "SEND");
		file.expect_now(0, 0, 0, when);
		return came;
	});
	expect_equal(points, 2, "allocations of mmap()");
	expect_equal(file.sent(&byte, 1), 0, "offset");
	expect(memory[0] == 1, "other data");
}

/** The points of a send: mmget, page, VMA and insertion of each page; copies. */
constexpr unsigned send_points = 4 * pages + pages;

void send_fails(std::uint32_t way, unsigned not_mapped)
{
	const std::string how = name_of_way(way);
	binder_file file(way);
	receiver receiver(file, 8 * page_size);
	const std::vector<char> data = pattern(pages * page_size, 1);
	unsigned errors[200] = {};

	const unsigned points = each_failure([&](unsigned nth, const std::string &when) {
		std::uint32_t offset;
		int error = 0;

		const bool came = with_failure(file, nth, [&] {
			error = file.send(data.data(), data.size(), &offset);
		});
		errors[error]++;
		if (error) {
			const binder_stats now = file.stats();
			expect_equal(now.buffers, 0, how + when + "buffers");
			expect_equal(now.reclaimable, now.pages, how + when + "reclaimable pages");
		} else {
			receiver.expect_data(offset, data.data(), data.size(), how + when);
			file.freed(offset);
		}
		drop_caches();
		file.expect_now(0, 0, 0, how + when);
		expect_healthy(file, receiver, how + when);
		return came;
	});
	expect_equal(points, send_points, how + "points that can fail");
	expect_equal(errors[ENOMEM], 2 * pages, how + "ENOMEM");
	expect_equal(errors[ESRCH], not_mapped, how + "ESRCH");
	expect_equal(errors[EFAULT], pages, how + "EFAULT");
	expect_equal(file.stats()[VMALOCK_BINDER_INSERT_MMAP],
		     way == VMALOCK_BINDER_OLD_WAY ? pages : 0, how + "under mmap_lock");
}

void send_fails_the_new_way()
{
	send_fails(VMALOCK_BINDER_NEW_WAY, 2 * pages);
}

/** Where the trylock fails, mmap_lock is taken, and the send goes on. */
void send_fails_the_old_way()
{
	send_fails(VMALOCK_BINDER_OLD_WAY, pages);
}

/** FREE cannot fail, but the LRU may not take a page: then it waits for use. */
void free_fails()
{
	binder_file file;
	receiver receiver(file, 8 * page_size);
	const std::vector<char> data = pattern(pages * page_size, 2);

	const unsigned points = each_failure([&](unsigned nth, const std::string &when) {
		const std::uint32_t offset = file.sent(data.data(), data.size());
		const bool came = with_failure(file, nth, [&] { file.freed(offset); });

		file.expect_now(pages, pages - came, 0, when);
		drop_caches();
		file.expect_now(came, 0, 0, when + "reclaimed");
		expect_healthy(file, receiver, when);
		return came;
	});
	expect_equal(points, pages, "points that can fail");
	expect_equal(file.stats()[VMALOCK_BINDER_UNLISTED], pages, "pages that the LRU did not take");
}

/** The mm and the VMA of each page; in the old way a trylock has a second chance. */
void reclaim_fails()
{
	for (std::uint32_t way : both_ways) {
		const std::string how = name_of_way(way);
		binder_file file(way);
		receiver receiver(file, 8 * page_size);
		const std::vector<char> data = pattern(pages * page_size, 3);

		const unsigned points = each_failure([&](unsigned nth, const std::string &when) {
			file.freed(file.sent(data.data(), data.size()));
			const bool came = with_failure(file, nth, [] { drop_caches(); });
			const binder_stats now = file.stats();

			expect_equal(now.buffers, 0, how + when + "buffers");
			expect_equal(now.reclaimable, now.pages, how + when + "reclaimable pages");
			drop_caches();
			file.expect_now(0, 0, 0, how + when + "tried again");
			expect_healthy(file, receiver, how + when);
			return came;
		});
		const binder_stats stats = file.stats();
		const bool old = way == VMALOCK_BINDER_OLD_WAY;
		expect(points >= 2 * pages, how + "too few points that can fail");
		expect(stats[VMALOCK_BINDER_SKIPPED_MM] >= pages, how + "no mm was missed");
		expect(stats[old ? VMALOCK_BINDER_RECLAIM_MMAP : VMALOCK_BINDER_SKIPPED_VMA] >= pages,
		       how + "no VMA was missed");
		expect_equal(stats[old ? VMALOCK_BINDER_SKIPPED_VMA : VMALOCK_BINDER_RECLAIM_MMAP], 0,
			     how + "the other way");
	}
}

} // namespace

int main()
{
	return run_binder_tests({
		{ "mmap(): each allocation fails once", mmap_fails },
		{ "SEND, new way: each allocation and lookup fails once", send_fails_the_new_way },
		{ "SEND, old way: each allocation and lookup fails once", send_fails_the_old_way },
		{ "FREE: each page fails once to get on the LRU", free_fails },
		{ "the shrinker: each lookup fails once", reclaim_fails },
		{ "nothing is left", nothing_is_left },
	});
}
