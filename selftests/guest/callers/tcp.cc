// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The TCP-like caller without any writer: what is delivered, what each call
 * returns and refuses, and that nothing is lost when something fails.
 */
#include <algorithm>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tcp.hh"

namespace {

using namespace guest;

void fed_bytes_come_out()
{
	for (std::uint64_t bytes : { std::uint64_t(1), page_size - 1, page_size, page_size + 1,
				     31 * page_size, 32 * page_size, 33 * page_size + 7,
				     100 * page_size + 4095 }) {
		tcp_stream stream;
		tcp_mapping range(stream, 101);

		stream.feed(bytes);
		const received result = stream.receive(range.address(), range.bytes, page_size);
		const bool tail = bytes % page_size;
		expect(result.is(tail ? VMALOCK_TCP_SHORT_PIECE : VMALOCK_TCP_EMPTY,
				 bytes / page_size * page_size, VMALOCK_TCP_EMPTY, bytes % page_size) &&
			       result.inq == 0 && result.recv_skip_hint == 0,
		       std::to_string(bytes) + " bytes: " + result.text());
		expect(stream.receive(range.address(), range.bytes, page_size)
			       .is(VMALOCK_TCP_EMPTY, 0, VMALOCK_TCP_EMPTY, 0), "more than was fed");
	}
}

void pages_go_in_batches()
{
	tcp_stream stream;
	tcp_mapping range(stream, 100);

	stream.feed(100 * page_size);
	stream.receive(range.address(), range.bytes);
	const vmalock_tcp_stats stats = stream.stats();
	expect(stats.batches == 4 && stats.pages == 100 && stats.wait_locked == 1,
	       std::to_string(stats.batches) + " batches");
}

void batches_cross_page_tables()
{
	constexpr std::uint64_t table = 2 << 20;
	tcp_stream stream;
	tcp_mapping range(stream, 3 * table / page_size);
	// The second border of two page tables, so there is room on both sides.
	const std::uint64_t border = (range.start + 2 * table) / table * table;

	for (std::uint64_t before : { 1, 15, 31, 32, 33 }) {
		stream.feed(64 * page_size);
		const received result = stream.receive(
			reinterpret_cast<void *>(border - before * page_size), 64 * page_size);
		expect(result.mapped == 64 * page_size, result.text());
	}
}

void short_pieces_are_copied()
{
	tcp_stream stream;
	tcp_mapping range(stream, 4);

	stream.feed(100);
	stream.feed(50);
	stream.feed(2 * page_size + 10);
	received result = stream.receive(range.address(), range.bytes);
	expect(result.is(VMALOCK_TCP_SHORT_PIECE, 0, VMALOCK_TCP_DONE, 0) &&
	       result.recv_skip_hint == 150, "without a buffer: " + result.text());
	result = stream.receive(range.address(), range.bytes, 120);
	expect(result.is(VMALOCK_TCP_SHORT_PIECE, 0, VMALOCK_TCP_DONE, 120) &&
	       result.recv_skip_hint == 30, "buffer too small: " + result.text());
	result = stream.receive(range.address(), range.bytes, 1000);
	expect(result.is(VMALOCK_TCP_SHORT_PIECE, 0, VMALOCK_TCP_WHOLE_PAGE, 30) &&
	       result.recv_skip_hint == 0, "up to the page: " + result.text());
	result = stream.receive(range.address(), range.bytes, 1000);
	expect(result.is(VMALOCK_TCP_SHORT_PIECE, 2 * page_size, VMALOCK_TCP_EMPTY, 10),
	       "pages and the tail: " + result.text());
}

void a_length_of_zero_only_copies()
{
	tcp_stream stream;

	stream.feed(10);
	const received result = stream.receive(nullptr, 0, 100);
	expect(result.is(VMALOCK_TCP_DONE, 0, VMALOCK_TCP_EMPTY, 10), result.text());
	const vmalock_tcp_stats stats = stream.stats();
	expect(stats.wait_locked + stats.wait_missed == 0, "a VMA was looked up");
}

void old_pages_are_gone()
{
	tcp_stream stream;
	tcp_mapping range(stream, 8);

	stream.feed(8 * page_size);
	stream.receive(range.address(), range.bytes);
	expect(readable(range.address(7)), "the last page cannot be read");
	stream.feed(3 * page_size);
	// The first page is outside of the range and stays.
	stream.receive(range.address(1), range.bytes - 2 * page_size);
	expect(readable(range.address(0)), "the page before the range is gone");
	for (std::uint64_t page = 0; page < 8; page++)
		expect(readable(range.address(page)), "a page that nothing came for is gone");
	for (std::uint64_t byte = 0; byte < page_size; byte++)
		expect(static_cast<unsigned char *>(range.address(4))[byte] ==
		       pattern(4 * page_size + byte), "it is not the old one");
	expect(stream.stats().zapped == 11 * page_size, "zapped");
}

/** Pages of the queue that do not come, for a short piece is before them, take their room too. */
void what_cannot_come_leaves_a_gap()
{
	tcp_stream stream;
	tcp_mapping range(stream, 4);

	stream.feed(4 * page_size);
	stream.receive(range.address(), range.bytes);
	stream.feed(page_size + 5);
	stream.feed(page_size);
	const received result = stream.receive(range.address(), range.bytes);
	expect(result.is(VMALOCK_TCP_SHORT_PIECE, page_size, VMALOCK_TCP_DONE, 0), result.text());
	expect(!readable(range.address(1)) && readable(range.address(2)), "the gap is not a page");
}

void a_clean_range_is_not_zapped()
{
	for (vmalock_tcp_way way : { VMALOCK_TCP_WAY_WAIT, VMALOCK_TCP_WAY_OLD }) {
		tcp_stream stream;
		tcp_mapping range(stream, 70);

		stream.set_way(way);
		stream.feed(70 * page_size);
		const received result = stream.receive(range.address(), range.bytes, 0,
						       VMALOCK_TCP_TLB_CLEAN_HINT);
		expect(result.is(VMALOCK_TCP_DONE, range.bytes, VMALOCK_TCP_DONE, 0), result.text());
		const vmalock_tcp_stats stats = stream.stats();
		expect(stats.zapped == 0 && stats.retries == 0, "it was zapped");
	}
}

/** A page is there, in every place of a batch: the rest loses its pages, and is filled. */
void a_wrong_hint_is_made_good()
{
	for (vmalock_tcp_way way : { VMALOCK_TCP_WAY_WAIT, VMALOCK_TCP_WAY_OLD }) {
		for (std::uint64_t there : { 0, 1, 31, 32, 40, 69 }) {
			tcp_stream stream;
			tcp_mapping range(stream, 70);

			stream.set_way(way);
			stream.feed(page_size);
			stream.receive(range.address(there), page_size);
			stream.feed(70 * page_size);
			const vmalock_tcp_stats before = stream.stats();
			const received result = stream.receive(range.address(), range.bytes, 0,
							       VMALOCK_TCP_TLB_CLEAN_HINT);
			const vmalock_tcp_stats after = stream.stats();
			expect(result.is(VMALOCK_TCP_DONE, range.bytes, VMALOCK_TCP_DONE, 0), result.text());
			expect(after.retries == 1, std::to_string(after.retries) + " retries");
			expect(after.zapped - before.zapped == (70 - there) * page_size, "zapped");
		}
	}
}

void a_copy_that_faults_is_cut()
{
	for (std::uint64_t fits : { 0, 1, 7, 8, 63, 99 }) {
		tcp_stream stream;
		mapping buffer(2);
		munmap(buffer.address(1), page_size);
		unsigned char *const at =
			static_cast<unsigned char *>(buffer.address(1)) - fits;

		stream.feed(100);
		const received cut = stream.receive_into(0, 0, reinterpret_cast<std::uint64_t>(at), 100);
		// copy_to_user() may say less than it wrote: on arm64's 6.12 as little as a byte.
		const std::uint64_t copied = std::clamp<std::uint64_t>(cut.copied, fits > 0, fits);
		expect(cut.is(VMALOCK_TCP_DONE, 0, VMALOCK_TCP_FAULT, copied) &&
		       cut.recv_skip_hint == 100 - copied, std::to_string(fits) + ": " + cut.text());
		stream.took(cut, nullptr, at);
		const received rest = stream.receive(nullptr, 0, 100);
		expect(rest.copied == 100 - copied, "the rest: " + rest.text());
	}
}

/** The call says @p wanted and takes nothing. */
void expect_nothing_taken(tcp_stream &stream, const void *address, std::uint64_t length,
			  vmalock_tcp_status wanted, const char *what)
{
	std::vector<unsigned char> copybuf(page_size);
	const vmalock_tcp_stats before = stream.stats();
	const received result =
		stream.receive_into(reinterpret_cast<std::uint64_t>(address), length,
				    reinterpret_cast<std::uint64_t>(copybuf.data()), page_size);
	expect(result.is(wanted, 0, wanted, 0), std::string(what) + ": " + result.text());
	expect(stream.stats().queued == before.queued, std::string(what) + ": bytes are gone");
}

void a_hole_is_told()
{
	tcp_stream stream;
	tcp_mapping range(stream, 2);

	stream.feed(page_size);
	munmap(range.address(1), page_size);
	expect_nothing_taken(stream, range.address(1), page_size, VMALOCK_TCP_HOLE, "unmapped");
	expect_nothing_taken(stream, nullptr, page_size, VMALOCK_TCP_HOLE, "null");
	expect_nothing_taken(stream, reinterpret_cast<void *>(1ull << 62), page_size,
			     VMALOCK_TCP_HOLE, "no address");
	expect(stream.stats().wait_missed == 3, "the misses were not counted");
	expect(stream.receive(range.address(), page_size).mapped == page_size, "not mapped after");
}

void foreign_memory_is_left_alone()
{
	tcp_stream stream, other;
	tcp_mapping theirs(other, 1);
	mapping anonymous(1);
	const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	void *const of_file = mmap(nullptr, page_size, PROT_READ, MAP_PRIVATE, file, 0);

	stream.feed(page_size + 1);
	other.feed(page_size);
	other.receive(theirs.address(), page_size);
	expect_nothing_taken(stream, theirs.address(), page_size, VMALOCK_TCP_FOREIGN, "other stream");
	expect_nothing_taken(stream, anonymous.address(), page_size, VMALOCK_TCP_FOREIGN, "anonymous");
	expect_nothing_taken(stream, of_file, page_size, VMALOCK_TCP_FOREIGN, "a file");
	expect(readable(theirs.address()), "the other stream's page is gone");
	expect(*static_cast<char *>(anonymous.address()) == 1, "anonymous memory was changed");
}

void a_long_range_is_clipped()
{
	tcp_stream stream;
	tcp_mapping range(stream, 8);

	stream.feed(30 * page_size);
	received result = stream.receive(range.address(), 20 * page_size);
	expect(result.is(VMALOCK_TCP_CLIPPED, 8 * page_size, VMALOCK_TCP_DONE, 0), result.text());
	result = stream.receive(range.address(5), VMALOCK_TCP_MAX_LENGTH);
	expect(result.is(VMALOCK_TCP_CLIPPED, 3 * page_size, VMALOCK_TCP_DONE, 0), result.text());
	mprotect(range.address(2), page_size, PROT_NONE);
	result = stream.receive(range.address(), range.bytes);
	expect(result.is(VMALOCK_TCP_CLIPPED, 2 * page_size, VMALOCK_TCP_DONE, 0),
	       "a split VMA: " + result.text());
	result = stream.receive(range.address(), 2 * page_size);
	expect(result.is(VMALOCK_TCP_DONE, 2 * page_size, VMALOCK_TCP_DONE, 0), result.text());
}

void alignment_is_checked()
{
	tcp_stream stream;
	tcp_mapping range(stream, 4);

	stream.feed(page_size);
	for (std::uint64_t off : { std::uint64_t(1), std::uint64_t(8), page_size - 1 }) {
		expect_nothing_taken(stream, reinterpret_cast<void *>(range.start + off), page_size,
				     VMALOCK_TCP_UNALIGNED, "address");
		expect_nothing_taken(stream, range.address(), page_size + off, VMALOCK_TCP_UNALIGNED,
				     "length");
	}
}

void a_full_queue_takes_no_more()
{
	tcp_stream stream;
	tcp_mapping range(stream, VMALOCK_TCP_QUEUE_PIECES);
	const std::uint64_t capacity = VMALOCK_TCP_QUEUE_PIECES * page_size;

	expect(stream.try_feed(capacity + 1) == VMALOCK_TCP_FULL && stream.fed == capacity,
	       std::to_string(stream.fed) + " bytes were taken");
	expect(stream.try_feed(1) == VMALOCK_TCP_FULL, "one more byte was taken");
	expect(stream.receive(range.address(), page_size).mapped == page_size, "receive");
	stream.feed(1);
	const received result = stream.receive(range.address(), range.bytes, 1);
	expect(result.mapped == capacity - page_size && result.copied == 1, result.text());
}

void feeding_stops_at_a_fault()
{
	tcp_stream stream;
	mapping source(4);
	munmap(source.address(2), page_size);

	const vmalock_tcp_feed result =
		stream.feed(static_cast<char *>(source.address()) + 100, 3 * page_size);
	expect(result.status == VMALOCK_TCP_FAULT && result.fed == page_size,
	       std::to_string(result.fed) + " bytes were fed");
	const vmalock_tcp_stats stats = stream.stats();
	expect(stats.queued == page_size && stats.live_pages == 1, "the cut piece was kept");
}

void mappings_are_read_only()
{
	tcp_stream stream;
	tcp_mapping range(stream, 1);

	for (int protection : { PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC })
		for (int flags : { MAP_SHARED, MAP_PRIVATE })
			expect(mmap(nullptr, page_size, protection, flags, stream.fd, 0) == MAP_FAILED &&
			       errno == EPERM, "a writable or executable mapping");
	expect(mprotect(range.address(), page_size, PROT_READ | PROT_WRITE) != 0 && errno == EACCES,
	       "made writable");
	expect(mprotect(range.address(), page_size, PROT_READ | PROT_EXEC) != 0 && errno == EACCES,
	       "made executable");
	tcp_mapping own(stream, 1, MAP_PRIVATE);
	stream.feed(page_size);
	expect(stream.receive(own.address(), page_size).mapped == page_size, "a private mapping");
}

void mappings_can_move_and_grow()
{
	tcp_stream stream;
	tcp_mapping range(stream, 4);
	mapping target(16);

	stream.feed(20 * page_size);
	stream.receive(range.address(), range.bytes);
	void *const moved = mremap(range.address(), range.bytes, 8 * page_size,
				   MREMAP_MAYMOVE | MREMAP_FIXED, target.address());
	expect(moved == target.address(), "mremap");
	for (std::uint64_t byte = 0; byte < range.bytes; byte += 97)
		expect(static_cast<unsigned char *>(moved)[byte] == pattern(byte), "moved bytes");
	expect(!readable(target.address(4)), "a page where none was received");
	expect_nothing_taken(stream, range.address(), page_size, VMALOCK_TCP_HOLE, "where it was");
	expect(stream.receive(moved, 8 * page_size).mapped == 8 * page_size, "at the new place");
}

void mappings_outlive_the_file()
{
	const tcp_stream watch;
	const std::uint64_t streams = watch.stats().live_streams;
	mapping place(1);
	{
		tcp_stream stream;
		stream.feed(2 * page_size);
		expect(mmap(place.address(), page_size, PROT_READ, MAP_SHARED | MAP_FIXED, stream.fd,
			    0) == place.address(), "mmap");
		stream.receive(place.address(), page_size);
	}
	for (std::uint64_t byte = 0; byte < page_size; byte++)
		expect(static_cast<unsigned char *>(place.address())[byte] == pattern(byte), "bytes");
	expect(watch.stats().live_streams == streams + 1, "the stream is gone");
	munmap(place.address(), page_size);
	ktap::wait_until("the stream is gone", [&] {
		return watch.stats().live_streams == streams && watch.stats().live_pages == 0;
	});
}

/** In a child: whether @p job came to its end. */
template <class Job> bool in_child(Job job)
{
	const pid_t child = fork();
	if (child == 0) {
		try {
			job();
		} catch (const std::exception &why) {
			std::printf("# child: %s\n", why.what());
			std::fflush(stdout);
			_exit(1);
		}
		_exit(0);
	}
	int status = -1;
	waitpid(child, &status, 0);
	return status == 0;
}

void children_have_a_copy()
{
	tcp_stream stream;
	tcp_mapping range(stream, 4);

	stream.feed(8 * page_size);
	stream.receive(range.address(), 2 * page_size);
	expect(in_child([&] {
		for (std::uint64_t byte = 0; byte < 2 * page_size; byte++)
			expect(static_cast<unsigned char *>(range.address())[byte] == pattern(byte),
			       "what the parent had mapped");
		expect(stream.receive(range.address(), range.bytes).mapped == range.bytes, "receive");
	}), "the child failed");
	// Its pages are not ours, but the stream has gone on.
	for (std::uint64_t byte = 0; byte < 2 * page_size; byte++)
		expect(static_cast<unsigned char *>(range.address())[byte] == pattern(byte),
		       "the child changed the parent's mapping");
	stream.taken += range.bytes;
	const received result = stream.receive(range.address(), range.bytes);
	expect(result.is(VMALOCK_TCP_EMPTY, 2 * page_size, VMALOCK_TCP_EMPTY, 0) ||
	       result.is(VMALOCK_TCP_EMPTY, 2 * page_size, VMALOCK_TCP_DONE, 0), result.text());
}

void the_end_of_a_process_frees_all()
{
	const tcp_stream watch;
	const auto use = [] {
		auto &stream = *new tcp_stream;
		auto &range = *new tcp_mapping(stream, 4);
		stream.feed(10 * page_size + 10);
		stream.receive(range.address(), range.bytes);
	};
	in_child([&] { use(); });
	in_child([&] {
		use();
		raise(SIGKILL);
	});
	in_child([&] {
		use();
		execl("/bin/true", "true", nullptr);
	});
	ktap::wait_until("all is freed", [&] {
		const vmalock_tcp_stats now = watch.stats();
		return now.live_streams == 1 && now.live_pages == 0;
	});
}

std::uint64_t available_kib()
{
	std::ifstream file("/proc/meminfo");
	std::string line;
	while (std::getline(file, line))
		if (line.starts_with("MemAvailable:"))
			return std::strtoull(line.c_str() + 13, nullptr, 10);
	throw ktap::failure("/proc/meminfo has no MemAvailable");
}

/** The driver's own count cannot see a reference that it never gave back. */
void mapped_pages_are_not_leaked()
{
	tcp_stream stream;
	tcp_mapping range(stream, 256);
	const mapping source(256);
	const std::uint64_t before = available_kib();

	for (unsigned round = 0; round < 200; round++) {
		stream.feed(source.address(), source.bytes);
		expect(stream.receive_into(range.start, range.bytes).mapped == range.bytes, "mapped");
	}
	const std::uint64_t after = available_kib();
	expect(after + 50 * 1024 > before, "of 200 MiB that went through, " +
	       std::to_string((before - after) / 1024) + " MiB are gone");
}

/** The ioctl fails with @p wanted. */
template <class Argument>
void expect_refused(const tcp_stream &stream, unsigned long command, Argument argument, int wanted,
		    const char *what)
{
	const int error = ioctl(stream.fd, command, &argument) == 0 ? 0 : errno;

	expect(error == wanted, std::string(what) + ": " + std::strerror(error) + ", not " +
					std::strerror(wanted));
}

void hostile_arguments_are_refused()
{
	constexpr std::uint64_t all_ones = ~std::uint64_t(0);
	tcp_stream stream;
	tcp_mapping range(stream, 1);

	stream.feed(page_size + 10);
	const vmalock_tcp_stats before = stream.stats();
	const auto feed = [&](std::uint64_t address, std::uint64_t bytes, std::uint32_t flags, int wanted,
			      const char *what) {
		vmalock_tcp_feed argument = {};
		argument.address = address;
		argument.bytes = bytes;
		argument.flags = flags;
		expect_refused(stream, VMALOCK_TCP_IOC_FEED, argument, wanted, what);
	};
	feed(range.start, 1, 1, EINVAL, "feed: flags");
	feed(range.start, VMALOCK_TCP_MAX_LENGTH + 1, 0, E2BIG, "feed: too long");
	feed(range.start, all_ones, 0, E2BIG, "feed: much too long");
	feed(all_ones, 2, 0, EOVERFLOW, "feed: wraps around");
	feed(all_ones - 5, 5, 0, 0, "feed: an address of the kernel");

	const auto receive = [&](std::uint64_t address, std::uint64_t length, std::uint64_t copybuf,
				 std::uint64_t copybuf_len, std::uint32_t flags, std::uint32_t reserved,
				 int wanted, const char *what) {
		vmalock_tcp_receive argument = {};
		argument.address = address;
		argument.length = length;
		argument.copybuf_address = copybuf;
		argument.copybuf_len = copybuf_len;
		argument.flags = flags;
		argument.reserved = reserved;
		expect_refused(stream, VMALOCK_TCP_IOC_RECEIVE, argument, wanted, what);
	};
	receive(range.start, page_size, 0, 0, VMALOCK_TCP_TLB_CLEAN_HINT << 1, 0, EINVAL, "receive: flags");
	receive(range.start, page_size, 0, 0, 0, 1, EINVAL, "receive: reserved");
	receive(range.start, all_ones, 0, 0, 0, 0, E2BIG, "receive: too long");
	receive(range.start, page_size, 0, all_ones, 0, 0, E2BIG, "receive: copybuf too long");
	receive(-page_size, 2 * page_size, 0, 0, 0, 0, EOVERFLOW, "receive: wraps around");
	receive(range.start, page_size, all_ones, 2, 0, 0, EOVERFLOW, "receive: copybuf wraps around");

	expect_refused(stream, VMALOCK_TCP_IOC_MODE, vmalock_tcp_mode{ VMALOCK_TCP_WAY_NR, 0 }, EINVAL,
		       "mode: way");
	expect_refused(stream, VMALOCK_TCP_IOC_MODE, vmalock_tcp_mode{ 0, 1 }, EINVAL, "mode: reserved");
	expect_refused(stream, VMALOCK_TCP_IOC_FAIL, vmalock_tcp_fail{ VMALOCK_TCP_MAX_NTH + 1, 0 },
		       E2BIG, "fail: nth");
	expect_refused(stream, VMALOCK_TCP_IOC_FAIL, vmalock_tcp_fail{ 0, 1 }, EINVAL, "fail: reserved");
	expect_refused(stream, VMALOCK_TCP_IOC_FEED + 0x40, 0, ENOTTY, "no such command");
	expect_refused(stream, VMALOCK_TEST_IOC_LOCK, vmalock_test_lock{}, ENOTTY, "another's command");
	for (unsigned long command : { VMALOCK_TCP_IOC_FEED, VMALOCK_TCP_IOC_RECEIVE,
				       VMALOCK_TCP_IOC_MODE, VMALOCK_TCP_IOC_FAIL,
				       VMALOCK_TCP_IOC_STATS })
		for (void *argument : { static_cast<void *>(nullptr), reinterpret_cast<void *>(-8) })
			expect(ioctl(stream.fd, command, argument) != 0 && errno == EFAULT,
			       "an argument that is not there");

	const vmalock_tcp_stats after = stream.stats();
	expect(std::memcmp(&before, &after, sizeof(before)) == 0, "something was done all the same");
}

void an_answer_that_cannot_be_given_takes_nothing()
{
	tcp_stream stream;
	tcp_mapping range(stream, 1);
	mapping page(1);
	auto *const argument = static_cast<vmalock_tcp_receive *>(page.address());

	stream.feed(page_size);
	*argument = {};
	argument->address = range.start;
	argument->length = page_size;
	mprotect(page.address(), page_size, PROT_READ);
	expect(ioctl(stream.fd, VMALOCK_TCP_IOC_RECEIVE, argument) != 0 && errno == EFAULT, "no error");
	expect(stream.receive(range.address(), page_size).mapped == page_size, "the page is gone");
}

/** One of each: pages, short pieces, a batch border. */
struct script {
	explicit script(vmalock_tcp_way way) : range(stream, 50) { stream.set_way(way); }

	/** Feed all of it, however often it takes. */
	void feed()
	{
		for (std::uint64_t bytes : { 40 * page_size + 100, std::uint64_t(60), 3 * page_size }) {
			const std::uint64_t end = stream.fed + bytes;
			while (stream.fed < end)
				note(stream.try_feed(end - stream.fed));
		}
	}

	/** Receive all of it. A call that took nothing must say why. */
	void receive()
	{
		while (stream.taken < stream.fed) {
			results.push_back(stream.receive(range.address(), range.bytes, 90));
			note(static_cast<vmalock_tcp_status>(results.back().status));
			note(static_cast<vmalock_tcp_status>(results.back().copy_status));
		}
	}

	void note(vmalock_tcp_status status) { seen[status] = true; }

	tcp_stream stream;
	tcp_mapping range;
	std::vector<received> results;
	bool seen[VMALOCK_TCP_STATUS_NR] = {};
};

/** Arm 1, 2, 3, ... until nothing fails: every point has failed once by then. */
void each_point_fails_once(vmalock_tcp_way way)
{
	script script(way);
	unsigned nth = 0;

	do {
		expect(++nth < 1000, "it never ends");
		script.stream.fail(nth);
		script.feed();
		script.receive();
		const vmalock_tcp_stats now = script.stream.stats();
		expect(now.queued == 0 && now.live_pages == 0,
		       std::to_string(now.live_pages) + " pages are left after failure " +
			       std::to_string(nth));
		expect(now.fed == script.stream.fed && now.mapped + now.copied == now.fed, "bytes");
	} while (!script.stream.stats().fail_armed);
	std::printf("# %u points failed\n", nth - 1);
	expect(nth > 90, "only " + std::to_string(nth) + " points");
	for (vmalock_tcp_status wanted : { VMALOCK_TCP_NO_MEMORY, VMALOCK_TCP_FAULT, VMALOCK_TCP_PARTIAL })
		expect(script.seen[wanted], std::string(name(wanted)) + " was never seen");
	const vmalock_tcp_stats stats = script.stream.stats();
	// A lookup that fails is a hole, a trylock that fails is none.
	expect(script.seen[VMALOCK_TCP_HOLE] == (way == VMALOCK_TCP_WAY_WAIT), "lookups");
	if (way == VMALOCK_TCP_WAY_OLD)
		expect(stats.mmap_locked && stats.try_missed && !stats.wait_locked, "the wrong way");
	else
		expect(!stats.mmap_locked && !stats.try_locked && stats.wait_locked, "the wrong way");
}

void each_point_fails_new_way()
{
	each_point_fails_once(VMALOCK_TCP_WAY_WAIT);
}

void each_point_fails_old_way()
{
	script failing_trylock(VMALOCK_TCP_WAY_OLD);

	// The first lookup of a call is the trylock: behind it is mmap_lock.
	failing_trylock.feed();
	failing_trylock.stream.fail(1);
	failing_trylock.receive();
	const vmalock_tcp_stats stats = failing_trylock.stream.stats();
	expect(stats.try_missed == 1 && stats.mmap_locked == 1, "no fallback to mmap_lock");
	each_point_fails_once(VMALOCK_TCP_WAY_OLD);
}

void both_ways_do_the_same()
{
	script wait(VMALOCK_TCP_WAY_WAIT), old(VMALOCK_TCP_WAY_OLD);

	for (script *each : { &wait, &old }) {
		each->feed();
		each->receive();
		munmap(each->range.address(10), page_size);
		each->feed();
		for (std::uint64_t page : { 0, 10, 20 })
			each->results.push_back(each->stream.receive(each->range.address(page),
								     each->range.bytes, 10));
		each->results.push_back(each->stream.receive_into(each->range.start - page_size,
								  page_size));
		each->results.push_back(each->stream.receive_into(each->range.start + 1, page_size));
	}
	expect(wait.results.size() == old.results.size(), "not as many calls");
	for (std::size_t call = 0; call < wait.results.size(); call++)
		expect(wait.results[call] == old.results[call],
		       wait.results[call].text() + " against " + old.results[call].text());
	const vmalock_tcp_stats waited = wait.stream.stats(), tried = old.stream.stats();
	expect(waited.way == VMALOCK_TCP_WAY_WAIT && tried.way == VMALOCK_TCP_WAY_OLD, "ways");
	expect(waited.wait_locked && !waited.try_locked && !waited.try_missed, "new way's counts");
	expect(!tried.wait_locked && tried.try_locked && tried.mmap_missed == tried.try_missed,
	       "old way's counts");
}

} // namespace

int main()
{
	return run_with_modules({
		{ "the bytes that were fed come out, mapped and copied", fed_bytes_come_out },
		{ "pages are mapped in batches of 32", pages_go_in_batches },
		{ "batches cross page tables", batches_cross_page_tables },
		{ "short pieces are copied, and stop the mapping", short_pieces_are_copied },
		{ "a length of zero only copies", a_length_of_zero_only_copies },
		{ "a range loses the pages that are replaced, and no other", old_pages_are_gone },
		{ "and those that would have been, but for a short piece", what_cannot_come_leaves_a_gap },
		{ "a range that is said to be clean is not zapped", a_clean_range_is_not_zapped },
		{ "one that is not clean is zapped, and filled again", a_wrong_hint_is_made_good },
		{ "a copy that faults is cut and loses nothing", a_copy_that_faults_is_cut },
		{ "a hole is told and takes nothing", a_hole_is_told },
		{ "foreign memory is told and left alone", foreign_memory_is_left_alone },
		{ "a range beyond the VMA is clipped", a_long_range_is_clipped },
		{ "address and length must be of whole pages", alignment_is_checked },
		{ "a full queue takes no more", a_full_queue_takes_no_more },
		{ "feeding stops at a fault and keeps no part of a piece", feeding_stops_at_a_fault },
		{ "mappings are read-only for good", mappings_are_read_only },
		{ "mappings can move and grow", mappings_can_move_and_grow },
		{ "mappings outlive the file", mappings_outlive_the_file },
		{ "children have mappings of their own", children_have_a_copy },
		{ "the end of a process frees all it had", the_end_of_a_process_frees_all },
		{ "pages that were mapped are not leaked", mapped_pages_are_not_leaked },
		{ "hostile arguments are refused and do nothing", hostile_arguments_are_refused },
		{ "an answer that cannot be given takes nothing",
		  an_answer_that_cannot_be_given_takes_nothing },
		{ "each point that can fail fails once, new way", each_point_fails_new_way },
		{ "each point that can fail fails once, old way", each_point_fails_old_way },
		{ "the old way and the new do the same", both_ways_do_the_same },
	}, { "vmalock_testdev", "vmalock_tcp" });
}
