// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * /dev/vmalock_binder: the open file, its mapping, a receiver in a process of
 * its own, and the shrinker.
 */
#pragma once

#include <cstdint>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "module.hh"
#include "uapi/vmalock_binder.h"

namespace guest {

using ways = std::initializer_list<std::uint32_t>;
inline constexpr ways both_ways = { VMALOCK_BINDER_NEW_WAY, VMALOCK_BINDER_OLD_WAY };

inline const char *name_of_way(std::uint32_t way)
{
	return way == VMALOCK_BINDER_NEW_WAY ? "new way: " : "old way: ";
}

inline void expect_equal(std::uint64_t got, std::uint64_t wanted, const std::string &what)
{
	if (got != wanted)
		throw ktap::failure(what + ": " + std::to_string(got) + ", not " +
				    std::to_string(wanted));
}

/** @p error is an errno, 0 for none. */
inline void expect_error(int error, int wanted, const std::string &what)
{
	if (error != wanted)
		throw ktap::failure(what + ": " + (error ? std::strerror(error) : "it worked") +
				    ", not " + (wanted ? std::strerror(wanted) : "none"));
}

struct binder_stats : vmalock_binder_stats {
	std::uint64_t operator[](vmalock_binder_event event) const { return events[event]; }
};

/** An open file. Calls return errnos and, but for failures, allocate nothing. */
class binder_file {
public:
	explicit binder_file(std::uint32_t way = VMALOCK_BINDER_NEW_WAY)
		: fd(open("/dev/vmalock_binder", O_RDWR))
	{
		expect(fd >= 0, std::string("/dev/vmalock_binder: ") + std::strerror(errno));
		choose(way);
	}
	~binder_file() { close(fd); }
	binder_file(const binder_file &) = delete;

	template <class Argument> int call(unsigned long command, Argument *argument) const
	{
		return ioctl(fd, command, argument) == 0 ? 0 : errno;
	}

	int send(const void *data, std::uint32_t size, std::uint32_t *offset) const
	{
		vmalock_binder_send argument = { reinterpret_cast<std::uint64_t>(data), size, 0 };
		const int error = call(VMALOCK_BINDER_IOC_SEND, &argument);

		*offset = argument.offset;
		return error;
	}
	/** The same where it must work: the offset. */
	std::uint32_t sent(const void *data, std::uint32_t size) const
	{
		std::uint32_t offset;

		expect_error(send(data, size, &offset), 0, "SEND");
		return offset;
	}

	int free(std::uint32_t offset) const
	{
		vmalock_binder_free argument = { offset, 0 };
		return call(VMALOCK_BINDER_IOC_FREE, &argument);
	}
	void freed(std::uint32_t offset) const { expect_error(free(offset), 0, "FREE"); }

	void choose(std::uint32_t way) const
	{
		vmalock_binder_switch argument = { way, 0 };
		expect_error(call(VMALOCK_BINDER_IOC_SWITCH, &argument), 0, "SWITCH");
	}

	/** @return whether the last one armed has yet to come. */
	bool fail_nth(std::uint32_t nth) const
	{
		vmalock_binder_fail argument = { nth, 0 };
		expect_error(call(VMALOCK_BINDER_IOC_FAIL, &argument), 0, "FAIL");
		return argument.armed;
	}

	binder_stats stats() const
	{
		binder_stats result;
		std::memset(&result, 0xff, sizeof(result));
		expect_error(call(VMALOCK_BINDER_IOC_STATS, &result), 0, "STATS");
		return result;
	}

	void expect_now(unsigned pages, unsigned reclaimable, unsigned buffers,
			const std::string &when) const
	{
		const binder_stats now = stats();
		expect_equal(now.pages, pages, when + ": pages");
		expect_equal(now.reclaimable, reclaimable, when + ": reclaimable pages");
		expect_equal(now.buffers, buffers, when + ": buffers");
	}

	/** Map it here: this process receives. MAP_FAILED if it does not work. */
	char *map(std::uint64_t bytes) const
	{
		return static_cast<char *>(mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd, 0));
	}

	const int fd;
};

/** A process of its own that maps a file and then does as it is told. */
class receiver {
public:
	/** In the receiver: @p memory is its mapping, @p number what was passed. */
	using job = std::uint64_t (*)(char *memory, std::uint64_t bytes, std::uint64_t number);

	receiver(const binder_file &file, std::uint64_t bytes) : bytes(bytes)
	{
		expect(pipe(to_) == 0 && pipe(from_) == 0, "no pipes");
		pid = fork();
		if (pid == 0)
			serve(file);
		close(to_[0]);
		close(from_[1]);
		memory = reinterpret_cast<char *>(answer());
		expect(memory != MAP_FAILED, "the receiver cannot map the file");
	}
	~receiver()
	{
		kill();
		close(to_[1]);
		close(from_[0]);
	}
	receiver(const receiver &) = delete;

	void begin(job job, std::uint64_t number = 0) const
	{
		const order order = { job, number };
		expect(write(to_[1], &order, sizeof(order)) == sizeof(order), "the receiver is gone");
	}
	std::uint64_t answer() const
	{
		std::uint64_t result = 0;
		expect(::read(from_[0], &result, sizeof(result)) == sizeof(result),
		       "the receiver is gone");
		return result;
	}
	std::uint64_t run(job job, std::uint64_t number = 0) const
	{
		begin(job, number);
		return answer();
	}

	/** What is at @p offset in its mapping, by its page tables; or an errno. */
	int read(std::uint32_t offset, void *data, std::size_t size) const
	{
		const int fd = open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
		const ssize_t got = pread(fd, data, size, reinterpret_cast<off_t>(memory + offset));
		const int error = got == static_cast<ssize_t>(size) ? 0 : errno;
		close(fd);
		return error;
	}
	void expect_data(std::uint32_t offset, const void *data, std::size_t size,
			 const std::string &what) const
	{
		std::vector<char> got(size);
		expect_error(read(offset, got.data(), size), 0, what + ": reading");
		expect(std::memcmp(got.data(), data, size) == 0, what + ": other data arrived");
	}

	void send_kill() const { ::kill(pid, SIGKILL); }
	/** Wait for its end: the status as wait() has it. */
	int join()
	{
		int status = 0;
		if (pid > 0)
			waitpid(pid, &status, 0);
		pid = 0;
		return status;
	}
	void kill()
	{
		if (pid > 0)
			send_kill();
		join();
	}

	const std::uint64_t bytes;
	char *memory;
	pid_t pid;

private:
	struct order {
		receiver::job job;
		std::uint64_t number;
	};

	[[noreturn]] void serve(const binder_file &file)
	{
		order order;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to_[1]);
		close(from_[0]);
		memory = file.map(bytes);
		// Only the mapping keeps it open here.
		close(file.fd);
		reply(reinterpret_cast<std::uint64_t>(memory));
		while (::read(to_[0], &order, sizeof(order)) == sizeof(order))
			reply(order.job(memory, bytes, order.number));
		_exit(0);
	}
	void reply(std::uint64_t number) const
	{
		if (write(from_[1], &number, sizeof(number)) != sizeof(number))
			_exit(1);
	}

	int to_[2], from_[2];
};

/** Bytes that tell their place and who made them. */
inline std::vector<char> pattern(std::size_t size, std::uint32_t seed)
{
	std::vector<char> result(size);

	for (char &byte : result) {
		seed = seed * 1664525 + 1013904223;
		byte = static_cast<char>(seed >> 24);
	}
	return result;
}

/** "2": have all shrinkers run; "4": do not log it from now on. Allocates nothing. */
inline void drop_caches(const char *what = "2")
{
	const int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	const bool written = write(fd, what, 1) == 1;

	close(fd);
	expect(written, "/proc/sys/vm/drop_caches cannot be written");
}

/**
 * The last test of each suite: no file is open any more, so none was leaked,
 * and with it no mapping and no process's memory. mmput_async() takes a moment.
 */
inline void nothing_is_left()
{
	ktap::wait_until("nobody uses the module", [] {
		unsigned users = ~0u;
		std::ifstream("/sys/module/vmalock_binder/refcnt") >> users;
		return users == 0;
	});
}

inline int run_binder_tests(std::initializer_list<ktap::test> tests)
{
	if (geteuid() == 0)
		drop_caches("4");
	return run_with_modules(tests, { "vmalock_testdev", "vmalock_binder" });
}

} // namespace guest
