// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Which task waits: the shrinker waits for nobody, a sender waits for writers.
 */
#include "standstill.hh"

namespace {

using namespace guest;
using ktap::wait_until;

void unused_pages_are_reclaimed_and_come_back()
{
	for (std::uint32_t way : both_ways) {
		const std::string how = name_of_way(way);
		binder_file file(way);
		receiver receiver(file, 16 * page_size);
		const std::vector<char> data = pattern(4 * page_size, 1);
		const std::uint32_t kept = file.sent(data.data(), page_size);
		char byte;

		for (unsigned round = 1; round <= 3; round++) {
			const std::uint32_t offset = file.sent(data.data(), 4 * page_size);

			receiver.expect_data(offset, data.data(), data.size(), how);
			file.freed(offset);
			file.expect_now(5, 4, 1, how + "before");
			drop_caches();
			file.expect_now(1, 0, 1, how + "after");
			expect_error(receiver.read(offset, &byte, 1), EIO, how + "a page is still mapped");
			receiver.expect_data(kept, data.data(), page_size, how + "the page in use");

			const binder_stats stats = file.stats();
			expect_equal(stats[VMALOCK_BINDER_RECLAIMED], 4 * round, how + "reclaimed");
			expect_equal(stats[VMALOCK_BINDER_RECLAIM_TRYLOCK], 4 * round, how + "trylock");
			expect_equal(stats[VMALOCK_BINDER_INSTALLED], 1 + 4 * round, how + "installed");
		}
	}
}

/** A new page is not the old one with somebody's data on it. */
void a_page_that_comes_back_is_empty()
{
	binder_file file;
	receiver receiver(file, page_size);
	const std::vector<char> data = pattern(page_size, 2), zeros(page_size - 8);

	file.freed(file.sent(data.data(), page_size));
	drop_caches();
	const std::uint32_t offset = file.sent(data.data(), 8);
	receiver.expect_data(offset + 8, zeros.data(), zeros.size(), "the rest of the page");
}

/** What the receiver does to its mapping is its own loss, until the page goes. */
void a_receiver_may_drop_its_pages()
{
	binder_file file;
	char *memory = file.map(2 * page_size);
	const std::vector<char> data = pattern(2 * page_size, 9);

	expect(memory != MAP_FAILED, "mmap");
	const std::uint32_t offset = file.sent(data.data(), data.size());
	expect(madvise(memory, page_size, MADV_DONTNEED) == 0, "madvise");
	file.expect_now(2, 0, 1, "dropped by the receiver");
	file.freed(offset);
	drop_caches();
	file.expect_now(0, 0, 0, "reclaimed");
	file.sent(data.data(), data.size());
	expect(std::memcmp(memory, data.data(), data.size()) == 0, "other data");
}

void more_than_one_scan_is_reclaimed()
{
	binder_file file;
	receiver receiver(file, VMALOCK_BINDER_MAX_BYTES);
	const unsigned pages = VMALOCK_BINDER_MAX_BYTES / page_size;
	const std::vector<char> data = pattern(VMALOCK_BINDER_MAX_BYTES, 3);

	const std::uint32_t offset = file.sent(data.data(), data.size());
	receiver.expect_data(offset, data.data(), data.size(), "all of it");
	file.freed(offset);
	file.expect_now(pages, pages, 0, "before");
	drop_caches();
	file.expect_now(0, 0, 0, "after");
}

/** Also with mmap_lock held for write, and in the old way, which tries that too. */
void the_shrinker_waits_for_no_writer()
{
	for (std::uint32_t way : both_ways) {
		binder_file file(way);
		standstill<change_area> still(file, 4 * page_size);
		const std::vector<char> data = pattern(3 * page_size, 4);
		task dropper([] { drop_caches(); });

		file.freed(file.sent(data.data(), data.size()));
		still.begin();
		dropper.start();
		wait_until("the shrinker has come and gone", [&] { return dropper.done(); });
		const binder_stats during = file.stats();
		still.end();

		const std::string how = name_of_way(way);
		expect_equal(during[VMALOCK_BINDER_RECLAIMED], 0, how + "reclaimed");
		expect(during[VMALOCK_BINDER_SKIPPED_VMA] >= 3, how + "not every page was tried");
		file.expect_now(3, 3, 0, how + "after the writer");
		drop_caches();
		file.expect_now(0, 0, 0, how + "reclaimed in the end");
		expect_equal(file.stats()[VMALOCK_BINDER_RECLAIM_MMAP], 0, how + "mmap_lock");
	}
}

/** A SEND by a process of its own, which begins when it is told. */
class remote_send {
public:
	remote_send(const binder_file &file, const void *data, std::uint32_t size)
		: result_(static_cast<result *>(mmap(nullptr, page_size, PROT_READ | PROT_WRITE,
						     MAP_SHARED | MAP_ANONYMOUS, -1, 0)))
	{
		expect(result_ != MAP_FAILED && pipe(go_) == 0, "no shared memory");
		pid_ = fork();
		if (pid_ == 0) {
			char byte;
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (read(go_[0], &byte, 1) == 1)
				result_->error = file.send(data, size, &result_->offset);
			_exit(0);
		}
	}

	/** Begin, and be in the writer's queue. Allocates nothing, as what follows. */
	void meet_the_writer() const
	{
		if (write(go_[1], "", 1) != 1)
			throw ktap::failure("the sender is gone");
		wait_until("the sender waits for the writer", [this] {
			if (waitpid(pid_, nullptr, WNOHANG) != 0)
				throw ktap::failure("the sender did not wait");
			return asleep(pid_);
		});
	}

	bool waits() const { return asleep(pid_); }

	/** Its errno. */
	int join(std::uint32_t *offset) const
	{
		waitpid(pid_, nullptr, 0);
		*offset = result_->offset;
		return result_->error;
	}

private:
	struct result {
		int error;
		std::uint32_t offset;
	};
	result *const result_;
	int go_[2];
	pid_t pid_;
};

/** A sender in another process meets a writer. @return the sender's errno. */
template <void Write(char *, std::uint64_t)>
int send_meets_a_writer(const binder_file &file, standstill<Write> &still, const void *data,
			std::uint32_t size, std::uint32_t *offset, bool drop)
{
	const remote_send sender(file, data, size);
	task dropper([] { drop_caches(); });

	still.begin();
	sender.meet_the_writer();
	if (drop) {
		dropper.start();
		wait_until("the shrinker has come and gone", [&] { return dropper.done(); });
	}
	if (!sender.waits())
		throw ktap::failure("the sender did not wait");
	still.end();
	return sender.join(offset);
}

/** Who waits for a writer holds the mutex from nobody: FREE and STATS need it. */
void a_sender_waits_without_the_mutex()
{
	for (std::uint32_t way : both_ways) {
		const std::string how = name_of_way(way);
		binder_file file(way);
		standstill<change_area> still(file, 8 * page_size);
		const std::vector<char> data = pattern(2 * page_size, 10);
		const std::uint32_t first = file.sent(data.data(), page_size);
		std::uint32_t offset;
		int freed = 0;
		unsigned buffers = 0;
		const remote_send sender(file, data.data(), data.size());
		task other([&] {
			vmalock_binder_stats stats = {};

			freed = file.free(first);
			file.call(VMALOCK_BINDER_IOC_STATS, &stats);
			buffers = stats.buffers;
		});

		still.begin();
		sender.meet_the_writer();
		other.start();
		wait_until("the file can be used by others", [&] { return other.done(); });
		if (!sender.waits())
			throw ktap::failure("the sender did not wait");
		still.end();
		expect_error(sender.join(&offset), 0, how + "SEND");
		expect_error(freed, 0, how + "FREE");
		expect_equal(buffers, 1, how + "buffers: that in transit");
		expect(std::memcmp(still.memory + offset, data.data(), data.size()) == 0,
		       how + "other data");
	}
}

/** Both wait for the same writer, with a page each, for the same place. */
void of_two_senders_one_installs_the_page()
{
	for (std::uint32_t way : both_ways) {
		const std::string how = name_of_way(way);
		binder_file file(way);
		standstill<change_area> still(file, 2 * page_size);
		const std::vector<char> one = pattern(8, 11), two = pattern(8, 12);
		const remote_send first(file, one.data(), one.size()), second(file, two.data(), two.size());
		std::uint32_t at_one, at_two;

		still.begin();
		first.meet_the_writer();
		second.meet_the_writer();
		still.end();
		expect_error(first.join(&at_one), 0, how + "one SEND");
		expect_error(second.join(&at_two), 0, how + "the other");
		expect(std::memcmp(still.memory + at_one, one.data(), one.size()) == 0 &&
			       std::memcmp(still.memory + at_two, two.data(), two.size()) == 0,
		       how + "other data");
		const binder_stats stats = file.stats();
		expect_equal(stats[VMALOCK_BINDER_INSTALLED], 1, how + "pages installed");
		expect_equal(stats[VMALOCK_BINDER_INSERT_FOUND], 1, how + "pages found");
		file.expect_now(1, 0, 2, how + "one page, two buffers");
		file.freed(at_one);
		file.freed(at_two);
		drop_caches();
		file.expect_now(0, 0, 0, how + "reclaimed");
	}
}

void a_sender_waits_for_writers()
{
	for (std::uint32_t way : both_ways) {
		const std::string how = name_of_way(way);
		binder_file file(way);
		standstill<change_area> still(file, 8 * page_size);
		const std::vector<char> data = pattern(2 * page_size, 5);
		std::uint32_t offset;

		file.sent(data.data(), 1);
		file.freed(file.sent(data.data(), page_size));
		file.expect_now(2, 1, 1, how + "before");
		// It needs both pages and one more; the LRU gave its one to the sender.
		const int error = send_meets_a_writer(file, still, data.data(), data.size(), &offset, true);
		expect_error(error, 0, how + "SEND");
		expect(std::memcmp(still.memory + offset, data.data(), data.size()) == 0,
		       how + "other data");

		const binder_stats stats = file.stats();
		expect_equal(stats[VMALOCK_BINDER_INSERT_MMAP], way ? 1 : 0, how + "under mmap_lock");
		expect_equal(stats[VMALOCK_BINDER_RECLAIMED], 0, how + "reclaimed");
		file.expect_now(3, 0, 2, how + "after");
	}
}

/** The sender waits for a writer; the page on the LRU is not one that it needs. */
void the_shrinker_waits_for_no_sender()
{
	for (std::uint32_t way : both_ways) {
		const std::string how = name_of_way(way);
		binder_file file(way);
		standstill<change_area> still(file, 8 * page_size);
		const std::vector<char> data = pattern(2 * page_size, 6);
		std::uint32_t offset;

		const std::uint32_t hole = file.sent(data.data(), page_size);
		file.sent(data.data(), page_size);
		file.freed(hole);
		file.expect_now(2, 1, 1, how + "before");
		expect_error(send_meets_a_writer(file, still, data.data(), data.size(), &offset, true), 0,
			     how + "SEND");
		expect(file.stats()[VMALOCK_BINDER_SKIPPED_VMA] > 0, how + "the writer was not met");
		file.expect_now(4, 1, 2, how + "after");
		drop_caches();
		file.expect_now(3, 0, 2, how + "reclaimed in the end");
	}
}

void a_mapping_that_goes_is_missed()
{
	for (std::uint32_t way : both_ways) {
		const std::string how = name_of_way(way);
		binder_file file(way);
		standstill<unmap_area> still(file, 4 * page_size);
		const std::vector<char> data = pattern(2 * page_size, 7);
		std::uint32_t offset;

		expect_error(send_meets_a_writer(file, still, data.data(), data.size(), &offset, false),
			     ESRCH, how + "SEND");
		expect_equal(file.stats()[VMALOCK_BINDER_INSERT_MISSED], 1, how + "missed");
		file.expect_now(0, 0, 0, how + "after");
	}
}

/** What the sender finds at the address is a VMA, but not the file's. */
void a_foreign_mapping_is_left_alone()
{
	for (std::uint32_t way : both_ways) {
		const std::string how = name_of_way(way);
		binder_file file(way);
		standstill<replace_area> still(file, 4 * page_size);
		const std::vector<char> data = pattern(2 * page_size, 8), zeros(4 * page_size);
		std::uint32_t offset;

		expect_error(send_meets_a_writer(file, still, data.data(), data.size(), &offset, false),
			     ESRCH, how + "SEND");
		expect_equal(file.stats()[VMALOCK_BINDER_INSERT_MISSED], 1, how + "missed");
		expect(std::memcmp(still.memory, zeros.data(), zeros.size()) == 0,
		       how + "the foreign mapping changed");
		file.expect_now(0, 0, 0, how + "after");
	}
}

} // namespace

int main()
{
	return run_binder_tests({
		{ "unused pages are reclaimed and come back", unused_pages_are_reclaimed_and_come_back },
		{ "a page that comes back is empty", a_page_that_comes_back_is_empty },
		{ "a full mapping is reclaimed at once", more_than_one_scan_is_reclaimed },
		{ "a receiver may drop pages from its mapping", a_receiver_may_drop_its_pages },
		{ "the shrinker waits for no writer", the_shrinker_waits_for_no_writer },
		{ "the shrinker waits for no sender", the_shrinker_waits_for_no_sender },
		{ "a sender waits for writers, and then sends", a_sender_waits_for_writers },
		{ "it holds nobody else up meanwhile", a_sender_waits_without_the_mutex },
		{ "of two senders one installs the page", of_two_senders_one_installs_the_page },
		{ "a mapping that goes during a send is missed", a_mapping_that_goes_is_missed },
		{ "a foreign mapping at its address is left alone", a_foreign_mapping_is_left_alone },
		{ "nothing is left", nothing_is_left },
	});
}
