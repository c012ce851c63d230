// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A receiver, a sender or the file ends, in every way and at bad moments.
 */
#include <linux/userfaultfd.h>
#include <sys/syscall.h>
#include <thread>

#include "memory.hh"
#include "standstill.hh"

namespace {

using namespace guest;
using ktap::wait_until;

/** @name Ways for a receiver to lose its mapping. */
///@{
std::uint64_t unmaps(char *memory, std::uint64_t bytes, std::uint64_t)
{
	return munmap(memory, bytes) == 0;
}
std::uint64_t exits(char *, std::uint64_t, std::uint64_t)
{
	_exit(0);
}
std::uint64_t execs(char *, std::uint64_t, std::uint64_t)
{
	execl("/bin/sleep", "sleep", "1000", nullptr);
	_exit(1);
}
std::uint64_t is_killed(char *, std::uint64_t, std::uint64_t)
{
	kill(getpid(), SIGKILL);
	return 0;
}
std::uint64_t maps_over_it(char *memory, std::uint64_t bytes, std::uint64_t)
{
	return mmap(memory, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == memory;
}
std::uint64_t moves_it(char *memory, std::uint64_t bytes, std::uint64_t)
{
	void *target = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return mremap(memory, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target;
}
constexpr receiver::job all_ends[] = { unmaps, exits, execs, is_killed, maps_over_it, moves_it };
///@}

/** While the receiver exits its pages are left alone; then they can go. */
void expect_all_reclaimed(const binder_file &file)
{
	wait_until("the pages are reclaimed", [&] {
		drop_caches();
		return file.stats().pages == 0;
	});
	file.expect_now(0, 0, 0, "reclaimed");
}

/** Sends go on while the receiver ends: they work, and then they say ESRCH. */
void a_receiver_ends_during_sends()
{
	const std::vector<char> data = pattern(5 * page_size, 1), more = pattern(6 * page_size, 1);

	for (unsigned round = 0; round < 10; round++) {
		for (std::uint32_t way : both_ways) {
			for (receiver::job end : all_ends) {
				binder_file file(way);
				receiver receiver(file, 64 * page_size);
				std::uint32_t offset;
				int error = 0;

				for (unsigned sends = 0; !error; sends++) {
					if (sends == 3 + round)
						receiver.begin(end);
					error = file.send(data.data(), data.size(), &offset);
					if (!error)
						file.freed(offset);
					if (sends % 4 == 0)
						drop_caches();
				}
				expect_error(error, ESRCH, name_of_way(way));
				// One page that was never there: it has to be looked up.
				expect_error(file.send(more.data(), more.size(), &offset), ESRCH,
					     "and once more");
				expect_all_reclaimed(file);
			}
		}
	}
}

void buffers_outlive_the_mapping()
{
	const std::vector<char> data = pattern(3 * page_size, 2);

	for (receiver::job end : all_ends) {
		binder_file file;
		receiver receiver(file, 8 * page_size);
		const std::uint32_t offset = file.sent(data.data(), data.size());
		std::uint32_t other;

		receiver.begin(end);
		// More than there is room for: only when it is gone is that no answer.
		wait_until("the mapping is gone", [&] {
			return file.send(data.data(), 8 * page_size, &other) == ESRCH;
		});
		file.expect_now(3, 0, 1, "the buffer is still there");
		file.freed(offset);
		file.expect_now(3, 3, 0, "freed");
		drop_caches();
		file.expect_now(0, 0, 0, "reclaimed");
		expect_equal(file.stats()[VMALOCK_BINDER_RECLAIM_GONE], 3, "with nothing to lock");
	}
}

void files_may_end_full()
{
	const std::vector<char> data = pattern(3 * page_size, 3);

	for (receiver::job end : all_ends) {
		binder_file file;
		receiver receiver(file, 8 * page_size);

		file.sent(data.data(), data.size());
		file.freed(file.sent(data.data(), data.size()));
		receiver.begin(end);
	}
}

/** mremap() moves the pages along, but the area is not at its address any more. */
void a_moved_mapping_keeps_its_pages()
{
	binder_file file;
	const std::vector<char> data = pattern(2 * page_size, 4);
	char *memory = file.map(4 * page_size);
	std::uint32_t offset;

	expect(memory != MAP_FAILED, "mmap");
	const std::uint32_t kept = file.sent(data.data(), data.size());
	mapping elsewhere(4);
	auto *moved = static_cast<char *>(mremap(memory, 4 * page_size, 4 * page_size,
						 MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere.address()));
	expect(moved == elsewhere.address(), "mremap");
	expect_error(file.send(data.data(), 1, &offset), ESRCH, "SEND");
	file.freed(kept);
	drop_caches();
	file.expect_now(0, 0, 0, "reclaimed");
	expect(std::memcmp(moved, data.data(), data.size()) == 0, "the pages changed");
}

void a_child_has_no_mapping()
{
	binder_file file;
	const std::vector<char> data = pattern(page_size, 5);
	char *memory = file.map(2 * page_size);
	int status = 0;

	expect(memory != MAP_FAILED, "mmap");
	const std::uint32_t offset = file.sent(data.data(), data.size());
	const pid_t child = fork();
	if (child == 0) {
		unsigned char there;
		_exit(mincore(memory, page_size, &there) == 0 ? 1 : errno == ENOMEM ? 0 : 2);
	}
	waitpid(child, &status, 0);
	expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child has the mapping");
	expect(std::memcmp(memory + offset, data.data(), data.size()) == 0, "other data");
	file.sent(data.data(), data.size());
}

/** Some kernels let the receiver undo VM_DONTCOPY. Then the copy may go. */
void a_copy_in_a_child_is_not_the_mapping()
{
	binder_file file;
	const std::vector<char> data = pattern(page_size, 6);
	char *memory = file.map(2 * page_size);

	expect(memory != MAP_FAILED, "mmap");
	if (madvise(memory, 2 * page_size, MADV_DOFORK) != 0)
		throw ktap::skipped("this kernel copies no such mapping");
	const pid_t child = fork();
	if (child == 0) {
		munmap(memory, 2 * page_size);
		_exit(0);
	}
	waitpid(child, nullptr, 0);
	const std::uint32_t offset = file.sent(data.data(), data.size());
	expect(std::memcmp(memory + offset, data.data(), data.size()) == 0, "other data");
}

/** Memory that a copy waits for, until the process that copies is killed. */
class stuck_page {
public:
	stuck_page() : memory_(1)
	{
		uffdio_api api = { UFFD_API, 0, 0 };
		uffdio_register range = { { memory_.start, memory_.bytes },
					  UFFDIO_REGISTER_MODE_MISSING, 0 };

		fd_ = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC));
		if (fd_ < 0)
			throw ktap::skipped("this kernel has no userfaultfd");
		madvise(memory_.address(), memory_.bytes, MADV_DONTNEED);
		expect(ioctl(fd_, UFFDIO_API, &api) == 0 && ioctl(fd_, UFFDIO_REGISTER, &range) == 0,
		       "userfaultfd does not work");
	}
	~stuck_page() { close(fd_); }

	const void *address() const { return memory_.address(); }

private:
	mapping memory_;
	int fd_;
};

/** A sender that waits in its own memory holds nobody up, and may be killed. */
void a_sender_is_killed_in_the_copy()
{
	for (std::uint32_t way : both_ways) {
		const std::string how = name_of_way(way);
		binder_file file(way);
		receiver receiver(file, 8 * page_size);
		const std::vector<char> data = pattern(page_size, 7);
		const pid_t sender = fork();

		if (sender == 0) {
			std::uint32_t offset;
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			stuck_page page;
			file.send(page.address(), page_size, &offset);
			_exit(1);
		}
		wait_until("the sender waits for its memory", [&] {
			int status;
			if (waitpid(sender, &status, WNOHANG) == sender)
				throw ktap::skipped("this kernel has no userfaultfd");
			const binder_stats now = file.stats();
			return now.buffers == 1 && now.pages == 1;
		});
		expect_error(file.free(0), EBUSY, how + "FREE of what is still being sent");
		const std::uint32_t offset = file.sent(data.data(), data.size());
		receiver.expect_data(offset, data.data(), data.size(), how + "another sender");
		file.freed(offset);
		file.expect_now(2, 1, 1, how + "during the copy");
		drop_caches();
		file.expect_now(1, 0, 1, how + "reclaimed during the copy");

		kill(sender, SIGKILL);
		int status = 0;
		waitpid(sender, &status, 0);
		expect(WIFSIGNALED(status), how + "the sender was not killed");
		file.expect_now(1, 1, 0, how + "after the kill");
		drop_caches();
		file.expect_now(0, 0, 0, how + "reclaimed");
	}
}

/** The last one who has the file open is a send that waits for a writer. */
void the_file_is_closed_during_a_send()
{
	for (std::uint32_t way : both_ways) {
		auto file = std::make_unique<binder_file>(way);
		standstill<unmap_area> still(*file, 4 * page_size);
		const std::vector<char> data = pattern(2 * page_size, 8);
		std::uint32_t offset;
		int error = 0;
		task sender([&] { error = file->send(data.data(), data.size(), &offset); });

		still.begin();
		sender.start();
		wait_until("the sender waits for the writer", [&] { return sender.asleep(); });
		close(file->fd);
		still.end();
		expect(sender.join(), "the sender died");
		expect_error(error, ESRCH, name_of_way(way));
		nothing_is_left();
	}
}

std::uint64_t available_kib()
{
	std::ifstream file("/proc/meminfo");
	std::string word;
	std::uint64_t number = 0;

	while (file >> word)
		if (word == "MemAvailable:")
			file >> number;
	return number;
}

/** mm_struct objects in use, as far as slabinfo knows. */
std::uint64_t mms()
{
	std::ifstream file("/proc/slabinfo");
	std::string word;
	std::uint64_t number = 0;

	while (file >> word)
		if (word == "mm_struct")
			file >> number;
	return number;
}

/** What leaks once a receiver shows after many: pages, mm_structs. */
void many_receivers_leave_nothing()
{
	constexpr unsigned rounds = 300, pages = 128;
	const std::vector<char> data = pattern(pages * page_size, 9);
	std::uint64_t memory_before = 0, mms_before = 0;

	for (unsigned round = 0; round < rounds + 20; round++) {
		if (round == 20) {
			memory_before = available_kib();
			mms_before = mms();
		}
		binder_file file(round % 2);
		receiver receiver(file, pages * page_size);
		const std::uint32_t offset = file.sent(data.data(), data.size());
		if (round % 3)
			file.freed(offset);
		if (round % 3 == 1)
			drop_caches();
	}
	drop_caches();
	const std::uint64_t leaked = rounds * pages * page_size / 1024;
	expect(available_kib() + leaked / 4 > memory_before, "memory is gone: " +
	       std::to_string(memory_before) + " KiB were available, " +
	       std::to_string(available_kib()) + " are");
	// KASAN keeps what is freed for a while, to see who still uses it.
	expect(kernel::has_symbol("kasan_report") || mms() < mms_before + rounds / 2, "mm_structs are left: " + std::to_string(mms()) +
	       " instead of " + std::to_string(mms_before));
}

} // namespace

int main()
{
	return run_binder_tests({
		{ "a receiver ends during sends, in every way", a_receiver_ends_during_sends },
		{ "buffers outlive the mapping, and are freed", buffers_outlive_the_mapping },
		{ "files may end with buffers and pages in them", files_may_end_full },
		{ "a mapping that is moved keeps its pages and gets no more", a_moved_mapping_keeps_its_pages },
		{ "a child of the receiver has no mapping", a_child_has_no_mapping },
		{ "a copy that a child has after all is not the mapping", a_copy_in_a_child_is_not_the_mapping },
		{ "a sender that is stuck in its own memory may be killed", a_sender_is_killed_in_the_copy },
		{ "the file is closed during a send", the_file_is_closed_during_a_send },
		{ "many receivers leave nothing behind", many_receivers_leave_nothing },
		{ "nothing is left", nothing_is_left },
	});
}
