// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The TCP-like caller while others are at work: on the same mappings, on the
 * same file, or ending the task. What each does is drawn from a seed
 * (VMALOCK_SEED repeats it), how they meet is up to the machine; a test goes on
 * until they have met often enough.
 */
#include <atomic>
#include <chrono>
#include <malloc.h>
#include <mutex>
#include <set>
#include <thread>

#include "draws.hh"
#include "task.hh"
#include "tcp.hh"

namespace {

using namespace guest;

constexpr std::uint64_t range_pages = 48, max_change = 8;
constexpr std::uint64_t enough_pages = 3000, enough_misses = 8, enough_kills = 10;
constexpr std::chrono::seconds patience{ 120 };

/** A page of a numbered stream: its number, all over. */
using numbered = std::vector<std::uint64_t>;

numbered make_page(std::uint64_t number)
{
	return numbered(page_size / sizeof(number), number);
}

/** The page at an address, or nothing if it cannot be read. */
bool read_page(const int (&ends)[2], std::uint64_t address, numbered &into)
{
	const auto size = static_cast<ssize_t>(page_size);
	const ssize_t wrote = write(ends[1], reinterpret_cast<void *>(address), page_size);

	into.resize(page_size / sizeof(into[0]));
	if (wrote > 0)
		expect(read(ends[0], into.data(), wrote) == wrote, "pipe");
	return wrote == size;
}

/** What the tasks of one test share. */
struct race {
	explicit race(vmalock_tcp_way way)
	{
		stream.set_way(way);
		// malloc() must not put anything where change() makes room.
		mallopt(M_MMAP_THRESHOLD, 1 << 30);
	}

	/** Feed page after page, each with the next number. */
	void feed()
	{
		numbered pages;
		for (std::uint64_t number = 0; !over; number += pages.size() / words) {
			pages.clear();
			for (std::uint64_t page = 0; page < 40; page++)
				pages.insert(pages.end(), words, number + page);
			std::uint64_t done = 0;
			while (done < pages.size() * sizeof(pages[0]) && !over) {
				const vmalock_tcp_feed result =
					stream.feed(reinterpret_cast<char *>(pages.data()) + done,
						    pages.size() * sizeof(pages[0]) - done);
				done += result.fed;
				if (result.status == VMALOCK_TCP_FULL)
					usleep(1000);
			}
		}
	}

	/**
	 * Receive into a part of the range that nobody else receives into, and
	 * read what is still there: pages that were never read before, in order.
	 */
	void receive(random_draws draw, std::uint64_t first_page, std::uint64_t pages)
	{
		int ends[2];
		expect(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0, "pipe");
		numbered page;
		std::uint64_t last = 0;
		bool any = false;

		while (!over) {
			const std::uint64_t first = first_page + draw.below(pages / 2);
			const std::uint64_t address = range.start + first * page_size;
			const received result = stream.receive_into(
				address, (1 + draw.below(pages / 2)) * page_size);
			note(result);
			for (std::uint64_t byte = 0; byte < result.mapped; byte += page_size) {
				if (!read_page(ends, address + byte, page))
					continue;
				if (page != make_page(page[0]) || (any && page[0] <= last))
					wrong = true;
				last = page[0];
				any = true;
				read_pages++;
				const std::lock_guard guard(lock);
				if (!seen.insert(page[0]).second)
					wrong = true;
			}
		}
		close(ends[0]);
		close(ends[1]);
	}

	void note(const received &result)
	{
		mapped += result.mapped;
		statuses[result.status]++;
		if (result.status == VMALOCK_TCP_FOREIGN || result.status == VMALOCK_TCP_UNALIGNED ||
		    result.status == VMALOCK_TCP_PARTIAL || result.status == VMALOCK_TCP_BUSY ||
		    result.status == VMALOCK_TCP_NO_MEMORY)
			wrong = true;
	}

	/** Change a few pages of the mapping; none ever holds data of another kind. */
	void change(random_draws draw)
	{
		while (!over) {
			const std::uint64_t first = draw.below(range_pages - max_change);
			void *const address = range.address(first);
			const std::uint64_t bytes = (1 + draw.below(max_change)) * page_size;

			switch (draw.below(4)) {
			case 0:
				munmap(address, bytes);
				usleep(draw.below(100));
				mmap(address, bytes, PROT_READ, MAP_SHARED | MAP_FIXED, stream.fd, 0);
				break;
			case 1:
				mprotect(address, bytes, PROT_NONE);
				mprotect(address, bytes, PROT_READ);
				break;
			case 2:
				madvise(address, bytes, MADV_DONTNEED);
				break;
			case 3:
				// There and back, if it is one VMA: with its pages.
				if (mremap(address, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
					   aside.address()) != MAP_FAILED)
					mremap(aside.address(), bytes, bytes,
					       MREMAP_MAYMOVE | MREMAP_FIXED, address);
				break;
			}
			usleep(draw.below(100));
		}
	}

	/** Children come and go, with copies of what is mapped. */
	void fork_children()
	{
		while (!over) {
			const pid_t child = fork();
			if (child == 0)
				_exit(0);
			waitpid(child, nullptr, 0);
		}
	}

	static inline const std::uint64_t words = page_size / sizeof(std::uint64_t);

	tcp_stream stream;
	tcp_mapping range{ stream, range_pages };
	mapping aside{ range_pages };
	std::atomic<bool> over = false, wrong = false;
	std::atomic<std::uint64_t> mapped = 0, read_pages = 0;
	std::atomic<std::uint64_t> statuses[VMALOCK_TCP_STATUS_NR] = {};
	std::mutex lock;
	std::set<std::uint64_t> seen;	/**< numbers of the pages that were read */
};

/** The pages that the race left behind go with the stream. */
void expect_nothing_left()
{
	const tcp_stream watch;
	ktap::wait_until("all pages are freed", [&] {
		const vmalock_tcp_stats now = watch.stats();
		return now.live_streams == 1 && now.live_pages == 0;
	});
}

/**
 * Collisions with a writer of the memory, as the way that is used counts them.
 * The waits of a kernel's own helper nobody counts: no fewer than enough there.
 */
std::uint64_t misses(const race &race, const statistics &before)
{
	const vmalock_tcp_stats stats = race.stream.stats();

	if (stats.way == VMALOCK_TCP_WAY_OLD)
		return stats.mmap_locked;
	static const bool counted = !kernel::locks_vmas_itself();
	return counted ? (statistics::now() - before)[VMALOCK_OUTCOME_WAITED] : enough_misses;
}

void receiving_goes_on_while_memory_changes(vmalock_tcp_way way)
{
	{
		race race(way);
		const statistics before = statistics::now();
		const auto end = std::chrono::steady_clock::now() + patience;
		std::vector<std::thread> tasks;

		tasks.emplace_back([&] { race.feed(); });
		tasks.emplace_back([&] { race.receive(random_draws(0), 0, range_pages / 2); });
		tasks.emplace_back([&] {
			race.receive(random_draws(1), range_pages / 2, range_pages / 2);
		});
		tasks.emplace_back([&] { race.change(random_draws(2)); });
		tasks.emplace_back([&] { race.fork_children(); });
		while (!race.wrong && std::chrono::steady_clock::now() < end &&
		       (race.read_pages < enough_pages || misses(race, before) < enough_misses))
			usleep(10000);
		race.over = true;
		for (std::thread &task : tasks)
			task.join();

		std::printf("# seed %ju; %ju KiB mapped, %ju pages read, %ju writers met:",
			    static_cast<std::uintmax_t>(seed()),
			    static_cast<std::uintmax_t>(race.mapped / 1024),
			    static_cast<std::uintmax_t>(race.read_pages.load()),
			    static_cast<std::uintmax_t>(misses(race, before)));
		for (unsigned status = 0; status < VMALOCK_TCP_STATUS_NR; status++)
			if (race.statuses[status])
				std::printf(" %s %ju", name(static_cast<vmalock_tcp_status>(status)),
					    static_cast<std::uintmax_t>(race.statuses[status].load()));
		std::printf("\n");
		expect(!race.wrong, "a page with wrong bytes, or one that came twice or too late");
		expect(race.stream.stats().mapped == race.mapped, "the counts differ");
		expect(race.statuses[VMALOCK_TCP_HOLE] && race.statuses[VMALOCK_TCP_CLIPPED],
		       "memory hardly changed: nothing was proved");
		expect(race.read_pages >= enough_pages && misses(race, before) >= enough_misses,
		       "the writers hardly got in the way: nothing was proved");
	}
	expect_nothing_left();
}

void memory_changes_new_way()
{
	receiving_goes_on_while_memory_changes(VMALOCK_TCP_WAY_WAIT);
}

void memory_changes_old_way()
{
	receiving_goes_on_while_memory_changes(VMALOCK_TCP_WAY_OLD);
}

/** Tasks are killed in the middle: what they took is counted, and no lock is left. */
void killed_tasks_leave_all_in_order()
{
	{
		race race(VMALOCK_TCP_WAY_WAIT);
		random_draws draw(5);
		std::thread writer([&] { race.change(random_draws(6)); });
		const mapping source(64);
		const auto end = std::chrono::steady_clock::now() + patience;
		std::uint64_t interrupted = 0;

		for (unsigned kill = 0; kill < 60 || interrupted < enough_kills; kill++) {
			std::atomic<bool> inside = false;
			task victim([&] {
				vmalock_tcp_feed feed = {};
				feed.address = source.start;
				feed.bytes = source.bytes;
				vmalock_tcp_receive receive = {};
				receive.address = race.range.start;
				receive.length = race.range.bytes;
				for (;;) {
					inside = true;
					ioctl(race.stream.fd, VMALOCK_TCP_IOC_FEED, &feed);
					ioctl(race.stream.fd, VMALOCK_TCP_IOC_RECEIVE, &receive);
					inside = false;
				}
			});
			victim.start();
			usleep(draw.below(3000));
			victim.kill();
			interrupted += inside;
			race.stream.stats();
			if (std::chrono::steady_clock::now() > end)
				break;
		}
		race.over = true;
		writer.join();
		expect(interrupted >= enough_kills, "hardly a kill met a call: nothing was proved");
		expect(munmap(race.range.address(), race.range.bytes) == 0, "munmap");
	}
	expect_nothing_left();
}

/** The file is closed, by another thread, while calls on it are under way. */
void a_file_closed_in_use_lives_on()
{
	for (unsigned round = 0; round < 50; round++) {
		const int fd = open("/dev/vmalock_tcp", O_RDWR | O_CLOEXEC);
		const mapping source(64);
		mapping place(64);
		std::atomic<bool> closed = false;
		expect(mmap(place.address(), place.bytes, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) ==
		       place.address(), "mmap");
		std::thread user([&] {
			vmalock_tcp_feed feed = {};
			feed.address = source.start;
			feed.bytes = source.bytes;
			vmalock_tcp_receive receive = {};
			receive.address = place.start;
			receive.length = place.bytes;
			while (!closed) {
				ioctl(fd, VMALOCK_TCP_IOC_FEED, &feed);
				ioctl(fd, VMALOCK_TCP_IOC_RECEIVE, &receive);
			}
		});
		usleep(round * 20);
		close(fd);
		closed = true;
		user.join();
	}
	expect_nothing_left();
}

/** A process with threads that receive replaces itself, or is killed, as a whole. */
void a_busy_process_ends()
{
	for (unsigned round = 0; round < 20; round++) {
		const pid_t child = fork();
		if (child == 0) {
			auto &busy = *new race(VMALOCK_TCP_WAY_WAIT);
			for (unsigned task = 0; task < 2; task++)
				std::thread([&, task] {
					busy.receive(random_draws(task), task * range_pages / 2,
						     range_pages / 2);
				}).detach();
			std::thread([&] { busy.feed(); }).detach();
			std::thread([&] { busy.change(random_draws(3)); }).detach();
			usleep(10000 + round * 300);
			if (round % 2)
				execl("/bin/true", "true", nullptr);
			raise(SIGKILL);
		}
		waitpid(child, nullptr, 0);
	}
	expect_nothing_left();
}

} // namespace

int main()
{
	seed(); // drawn before each test becomes a process: one for all
	return run_with_modules({
		{ "receiving goes on while memory changes, new way", memory_changes_new_way },
		{ "receiving goes on while memory changes, old way", memory_changes_old_way },
		{ "killed tasks leave all in order", killed_tasks_leave_all_in_order },
		{ "a file closed in use lives on until the last call", a_file_closed_in_use_lives_on },
		{ "a busy process ends by exec and by kill -9", a_busy_process_ends },
	}, { "vmalock_testdev", "vmalock_tcp" });
}
