// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the binder-like caller promises while no writer interferes: data
 * arrives, pages come when they are needed, arguments are checked.
 */
#include "binder.hh"
#include "memory.hh"

namespace {

using namespace guest;

void data_arrives()
{
	for (std::uint32_t way : both_ways) {
		binder_file file(way);
		receiver receiver(file, 64 * page_size);
		std::vector<std::pair<std::uint32_t, std::vector<char>>> buffers;

		for (std::uint32_t size : { 1ul, 7ul, 8ul, 100ul, page_size - 1, page_size,
					    page_size + 1, 3 * page_size + 5, 20 * page_size }) {
			std::vector<char> data = pattern(size, size);
			buffers.emplace_back(file.sent(data.data(), size), data);
		}
		for (const auto &[offset, data] : buffers) {
			receiver.expect_data(offset, data.data(), data.size(), name_of_way(way));
			// And as the receiver itself sees it.
			expect_equal(receiver.run([](char *memory, std::uint64_t, std::uint64_t at) {
				return std::uint64_t(static_cast<unsigned char>(memory[at]));
			}, offset), static_cast<unsigned char>(data[0]), "first byte");
		}
		for (const auto &[offset, data] : buffers)
			file.freed(offset);
		expect_equal(file.stats().buffers, 0, "buffers that are left");
	}
}

void pages_come_when_needed()
{
	for (std::uint32_t way : both_ways) {
		const std::string how = name_of_way(way);
		binder_file file(way);
		receiver receiver(file, 16 * page_size);
		const std::vector<char> data = pattern(4 * page_size, 1);
		char byte;

		file.expect_now(0, 0, 0, how + "nothing was sent");
		expect_error(receiver.read(0, &byte, 1), EIO, "reading before");

		const std::uint32_t first = file.sent(data.data(), 1);
		file.expect_now(1, 0, 1, how + "a byte");
		const std::uint32_t second = file.sent(data.data(), 100);
		file.expect_now(1, 0, 2, how + "more on the same page");
		const std::uint32_t third = file.sent(data.data(), 2 * page_size);
		file.expect_now(3, 0, 3, how + "two pages more");
		expect_error(receiver.read(3 * page_size, &byte, 1), EIO, "reading behind");

		file.freed(first);
		file.expect_now(3, 0, 2, how + "the page has another buffer");
		file.freed(second);
		file.expect_now(3, 0, 1, how + "the page has the third");
		file.freed(third);
		file.expect_now(3, 3, 0, how + "no buffer is left");
		file.sent(data.data(), 4 * page_size);
		file.expect_now(4, 0, 1, how + "three pages again and a new one");

		const binder_stats stats = file.stats();
		expect_equal(stats[VMALOCK_BINDER_INSTALLED], 4, how + "installed");
		expect_equal(stats[VMALOCK_BINDER_REUSED], 3, how + "reused");
		expect_equal(stats[VMALOCK_BINDER_INSERT_HELPER], way ? 0 : 4, how + "helper");
		expect_equal(stats[VMALOCK_BINDER_INSERT_TRYLOCK], way ? 4 : 0, how + "trylock");
		expect_equal(stats[VMALOCK_BINDER_INSERT_MMAP], 0, how + "mmap_lock");
		expect_equal(stats[VMALOCK_BINDER_INSERT_MISSED], 0, how + "missed");
	}
}

void space_is_used_up_and_given_back()
{
	binder_file file;
	receiver receiver(file, 4 * page_size);
	const std::vector<char> data = pattern(4 * page_size, 2);
	std::uint32_t offset;

	expect_error(file.send(data.data(), 4 * page_size + 1, &offset), ENOSPC, "too much");
	const std::uint32_t whole = file.sent(data.data(), 4 * page_size);
	expect_equal(whole, 0, "offset of the whole");
	expect_error(file.send(data.data(), 1, &offset), ENOSPC, "one byte more");
	file.freed(whole);

	std::vector<std::uint32_t> offsets;
	for (unsigned number = 0; number < VMALOCK_BINDER_MAX_BUFFERS; number++)
		offsets.push_back(file.sent(data.data() + number, 1));
	expect_error(file.send(data.data(), 1, &offset), ENOSPC, "one buffer more");
	for (unsigned number = 0; number < offsets.size(); number++)
		receiver.expect_data(offsets[number], data.data() + number, 1, "a byte");
	file.freed(offsets[500]);
	expect_equal(file.sent(data.data(), 8), offsets[500], "the gap");
	file.freed(offsets[500]);
	expect_error(file.free(offsets[500]), ENOENT, "freed twice");
}

void a_process_may_send_to_itself()
{
	binder_file file;
	char *memory = file.map(2 * page_size);
	const std::vector<char> data = pattern(page_size, 3);

	expect(memory != MAP_FAILED, "mmap");
	const std::uint32_t first = file.sent(data.data(), page_size);
	expect(std::memcmp(memory + first, data.data(), page_size) == 0, "other data");
	// Its own mapping is as good a source as any.
	const std::uint32_t second = file.sent(memory + first, page_size);
	expect(std::memcmp(memory + second, data.data(), page_size) == 0, "other data");
}

void two_receivers_stay_apart()
{
	binder_file one, two;
	receiver first(one, 8 * page_size), second(two, 8 * page_size);
	const std::vector<char> mine = pattern(3 * page_size, 4), yours = pattern(3 * page_size, 5);

	const std::uint32_t a = one.sent(mine.data(), mine.size());
	const std::uint32_t b = two.sent(yours.data(), yours.size());
	first.expect_data(a, mine.data(), mine.size(), "the first");
	second.expect_data(b, yours.data(), yours.size(), "the second");
	one.freed(a);
	drop_caches();
	one.expect_now(0, 0, 0, "the first, freed");
	two.expect_now(3, 0, 1, "the second, in use");
	second.expect_data(b, yours.data(), yours.size(), "the second, later");
}

void both_ways_do_the_same()
{
	std::vector<std::uint64_t> results[2];

	for (std::uint32_t way : both_ways) {
		binder_file file(way);
		receiver receiver(file, 32 * page_size);
		std::vector<std::uint32_t> live;
		std::uint32_t random = 7;

		for (unsigned step = 0; step < 300; step++) {
			random = random * 1664525 + 1013904223;
			const std::vector<char> data = pattern(1 + (random >> 8) % (3 * page_size), random);
			std::uint32_t offset;
			const int error = file.send(data.data(), data.size(), &offset);

			results[way].push_back(error ? -error : offset);
			if (!error) {
				receiver.expect_data(offset, data.data(), data.size(), name_of_way(way));
				live.push_back(offset);
			}
			if (error || random >> 31) {
				const std::size_t victim = (random >> 4) % live.size();
				file.freed(live[victim]);
				live.erase(live.begin() + victim);
			}
			if (step % 50 == 49)
				drop_caches();
		}
		const binder_stats stats = file.stats();
		for (vmalock_binder_event event : { VMALOCK_BINDER_INSTALLED, VMALOCK_BINDER_REUSED,
						    VMALOCK_BINDER_RECLAIMED })
			results[way].push_back(stats[event]);
		for (std::uint32_t gauge : { stats.pages, stats.reclaimable, stats.buffers })
			results[way].push_back(gauge);
		expect(stats[VMALOCK_BINDER_RECLAIMED] > 0, "nothing was reclaimed");
	}
	expect(results[0] == results[1], "the ways differ");
}

void bad_arguments_are_refused()
{
	binder_file file;
	receiver receiver(file, 4 * page_size);
	const std::vector<char> data = pattern(4 * page_size, 6);
	mapping hole(2);
	std::uint32_t offset;

	munmap(hole.address(1), page_size);
	expect_error(file.send(data.data(), 0, &offset), EINVAL, "SEND of nothing");
	expect_error(file.send(data.data(), ~0u, &offset), ENOSPC, "SEND of 4 GiB");
	expect_error(file.send(nullptr, 8, &offset), EFAULT, "SEND from null");
	expect_error(file.send(reinterpret_cast<void *>(~0ull - 3), 8, &offset), EFAULT,
		     "SEND from the end of memory");
	expect_error(file.send(reinterpret_cast<void *>(0xffffffff81000000), 8, &offset), EFAULT,
		     "SEND of the kernel's memory");
	expect_error(file.send(hole.address(), 2 * page_size, &offset), EFAULT,
		     "SEND from memory that ends half-way");
	file.expect_now(2, 2, 0, "after SENDs that failed");

	// The answer cannot be written: the buffer must not stay.
	auto *request = static_cast<vmalock_binder_send *>(hole.address());
	*request = { reinterpret_cast<std::uint64_t>(data.data()), 8, 0 };
	mprotect(hole.address(), page_size, PROT_READ);
	expect_error(file.call(VMALOCK_BINDER_IOC_SEND, request), EFAULT, "SEND, read-only request");
	file.expect_now(2, 2, 0, "after it");
	offset = file.sent(data.data(), 100);

	for (std::uint32_t wrong : { offset + 1, offset + 8, offset + 4096, ~0u })
		expect_error(file.free(wrong), ENOENT, "FREE of no buffer");
	vmalock_binder_free free = { offset, 1 };
	expect_error(file.call(VMALOCK_BINDER_IOC_FREE, &free), EINVAL, "FREE, reserved");
	for (std::uint32_t way : { std::uint32_t(VMALOCK_BINDER_WAY_NR), ~0u }) {
		vmalock_binder_switch choice = { way, 0 };
		expect_error(file.call(VMALOCK_BINDER_IOC_SWITCH, &choice), EINVAL, "SWITCH");
	}
	vmalock_binder_switch choice = { 0, 1 };
	expect_error(file.call(VMALOCK_BINDER_IOC_SWITCH, &choice), EINVAL, "SWITCH, reserved");
	vmalock_binder_fail fail = { 1u << 31, 0 };
	expect_error(file.call(VMALOCK_BINDER_IOC_FAIL, &fail), EINVAL, "FAIL");
	for (unsigned long command : { VMALOCK_BINDER_IOC_SEND, VMALOCK_BINDER_IOC_FREE,
				       VMALOCK_BINDER_IOC_SWITCH, VMALOCK_BINDER_IOC_FAIL,
				       VMALOCK_BINDER_IOC_STATS })
		expect_error(file.call<void>(command, nullptr), EFAULT, "null");
	for (unsigned long command : { _IOW('v', 0x20, vmalock_binder_send), _IOWR('v', 0x20, char),
				       _IOR('v', 0x25, char), _IOWR('w', 0x20, vmalock_binder_send) })
		expect_error(file.call(command, &fail), ENOTTY, "no such command");
	file.expect_now(2, 1, 1, "after all that was refused");
	receiver.expect_data(offset, data.data(), 100, "afterwards");
}

void expect_no_map(const binder_file &file, std::uint64_t bytes, int protection, int flags,
		   off_t offset, int wanted, const char *what)
{
	void *memory = mmap(nullptr, bytes, protection, flags, file.fd, offset);

	expect_error(memory == MAP_FAILED ? errno : 0, wanted, what);
}

void bad_mappings_are_refused()
{
	binder_file file;
	std::uint32_t offset;
	char byte = 1;

	expect_error(file.send(&byte, 1, &offset), ESRCH, "SEND before mmap()");
	expect_error(file.free(0), ENOENT, "FREE before mmap()");
	file.expect_now(0, 0, 0, "before mmap()");
	for (int flags : { MAP_PRIVATE, MAP_SHARED })
		expect_no_map(file, page_size, PROT_READ | PROT_WRITE, flags, 0, EPERM, "writable");
	expect_no_map(file, VMALOCK_BINDER_MAX_BYTES + page_size, PROT_READ, MAP_PRIVATE, 0, EINVAL,
		      "too large");
	expect_no_map(file, page_size, PROT_READ, MAP_PRIVATE, page_size, EINVAL, "an offset");

	char *memory = file.map(VMALOCK_BINDER_MAX_BYTES);
	expect(memory != MAP_FAILED, "none of these may count as the one mapping");
	expect_no_map(file, page_size, PROT_READ, MAP_PRIVATE, 0, EBUSY, "a second one");
	expect_error(mprotect(memory, VMALOCK_BINDER_MAX_BYTES, PROT_READ | PROT_WRITE) ? errno : 0,
		     EACCES, "made writable");
	expect_error(munmap(memory, page_size) ? errno : 0, EINVAL, "unmapped in part");
	expect_error(mremap(memory, VMALOCK_BINDER_MAX_BYTES, 2 * VMALOCK_BINDER_MAX_BYTES,
			    MREMAP_MAYMOVE) == MAP_FAILED ? errno : 0, EFAULT, "made larger");
	expect_equal(file.sent(&byte, 1), 0, "offset, after all that");
	expect(memory[0] == 1, "other data");
	expect(munmap(memory, VMALOCK_BINDER_MAX_BYTES) == 0, "munmap");
	expect_no_map(file, page_size, PROT_READ, MAP_PRIVATE, 0, EBUSY, "after munmap()");
}

void nobody_writes_to_the_mapping()
{
	binder_file file;
	char *memory = file.map(page_size), byte = 1;
	const int self = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	expect_equal(file.sent(&byte, 1), 0, "offset");
	byte = 2;
	expect(pwrite(self, &byte, 1, reinterpret_cast<off_t>(memory)) < 0, "by /proc/self/mem");
	close(self);
	expect(memory[0] == 1, "it was written to");
}

} // namespace

int main()
{
	return run_binder_tests({
		{ "data arrives intact in another process", data_arrives },
		{ "a page is installed when first needed, and once", pages_come_when_needed },
		{ "space is used up, given back and used again", space_is_used_up_and_given_back },
		{ "a process may send to itself", a_process_may_send_to_itself },
		{ "two receivers stay apart", two_receivers_stay_apart },
		{ "the old way gives the same results", both_ways_do_the_same },
		{ "bad arguments are refused and change nothing", bad_arguments_are_refused },
		{ "bad mappings are refused", bad_mappings_are_refused },
		{ "nobody can write to the mapping", nobody_writes_to_the_mapping },
		{ "nothing is left", nothing_is_left },
	});
}
