// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * in_the_way - have a writer of a mapping wait for a reader that is known.
 *
 *   in_the_way WRITER READER [DECOY]...
 *
 * The reader sleeps with a VMA locked, and then the writer needs it:
 *
 *   mprotect, munmap, fork	the writer: the main thread, by that system call
 *   driver			a call to /dev/vmalock_test that holds the lock
 *   fault			a page fault whose handler, the device's, sleeps
 *
 * Decoys sleep meanwhile, and are in nobody's way:
 *
 *   beside			a driver and a fault, each in another mapping
 *   idle			a thread that has used the mapping, and is idle now
 *   userfault			a fault in the mapping that waits for userfaultfd,
 *				and has let go of the VMA lock for that
 *
 * Prints who was who as shell variables: pid, reader and each decoy's thread
 * id, the mapping's start and end, and wait_ns, how long the system call took.
 */
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <linux/ioctl.h>
#include <linux/userfaultfd.h>
#include <memory>
#include <semaphore>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sleeper.hh"
#include "uapi/vmalock_test.h"

namespace {

constexpr unsigned hold_ms = 800, decoy_ms = 2000;

void check(bool good, const char *what)
{
	if (!good) {
		std::perror(what);
		std::_Exit(1);
	}
}

const int device = open("/dev/vmalock_test", O_RDWR | O_CLOEXEC);
const std::size_t page_size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));

/** Two pages between inaccessible ones: nothing merges with them. */
struct mapping {
	/** Anonymous, or of the device: its page takes @p fault_ms to fault in. */
	explicit mapping(unsigned fault_ms = 0)
	{
		char *around = static_cast<char *>(mmap(nullptr, 4 * page_size, PROT_NONE,
							MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

		check(around != MAP_FAILED, "mmap");
		start = around + page_size;
		check(mmap(address(), size(), PROT_READ | PROT_WRITE,
			   (fault_ms ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS) | MAP_FIXED,
			   fault_ms ? device : -1, fault_ms * page_size) != MAP_FAILED, "mmap");
	}

	void *address() const { return const_cast<char *>(start); }
	std::size_t size() const { return 2 * page_size; }
	void touch(std::size_t page) const { static_cast<void>(start[page * page_size]); }

	volatile char *start;
};

/**
 * munmap() may be done before the access whose fault it waited for is tried
 * again. That thread has done its part.
 */
void end_thread(int)
{
	syscall(SYS_exit, 0);
}

/** Hold its lock in a driver, or in a fault. */
void read_slowly(const mapping &memory, bool fault, unsigned ms)
{
	vmalock_test_lock lock = {};

	if (fault)
		return memory.touch(0);
	lock.address = reinterpret_cast<std::uintptr_t>(memory.address());
	lock.how = VMALOCK_TEST_WAIT;
	lock.hold_us = ms * 1000;
	check(ioctl(device, VMALOCK_TEST_IOC_LOCK, &lock) == 0, "VMALOCK_TEST_IOC_LOCK");
}

/** Two readers of other mappings. */
struct beside {
	mapping other, another{decoy_ms};
	sleeper driver{[this] { read_slowly(other, false, decoy_ms); }};
	sleeper fault{[this] { read_slowly(another, true, decoy_ms); }};

	beside()
	{
		driver.wait_until_asleep();
		fault.wait_until_asleep();
		std::printf("beside_driver=%d beside_fault=%d\n", driver.id(), fault.id());
	}
};

struct idle {
	std::binary_semaphore end{0};
	sleeper thread;

	explicit idle(const mapping &memory)
		: thread([this, &memory] {
			  read_slowly(memory, false, 1);
			  end.acquire();
		  })
	{
		thread.wait_until_asleep('S');
		std::printf("idle=%d\n", thread.id());
	}
	~idle() { end.release(); }
};

struct userfault {
	const mapping &memory;
	const int file = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC));
	std::unique_ptr<sleeper> thread;

	explicit userfault(const mapping &memory) : memory(memory)
	{
		uffdio_api api = {};
		uffdio_register range = {};

		api.api = UFFD_API;
		range.range.start = reinterpret_cast<std::uintptr_t>(memory.address());
		range.range.len = memory.size();
		range.mode = UFFDIO_REGISTER_MODE_MISSING;
		check(ioctl(file, UFFDIO_API, &api) == 0, "UFFDIO_API");
		check(ioctl(file, UFFDIO_REGISTER, &range) == 0, "UFFDIO_REGISTER");
		thread = std::make_unique<sleeper>([&memory] { memory.touch(1); });
		uffd_msg message;
		check(read(file, &message, sizeof(message)) == sizeof(message), "userfaultfd");
		std::printf("userfault=%d\n", thread->id());
	}
	~userfault()
	{
		uffdio_zeropage zero = {};

		zero.range.start = reinterpret_cast<std::uintptr_t>(memory.start + page_size);
		zero.range.len = page_size;
		check(ioctl(file, UFFDIO_ZEROPAGE, &zero) == 0, "UFFDIO_ZEROPAGE");
	}
};

void write(const mapping &memory, std::string_view how)
{
	if (how == "mprotect")
		check(mprotect(memory.address(), memory.size(), PROT_READ) == 0, "mprotect");
	else if (how == "munmap")
		check(munmap(memory.address(), memory.size()) == 0, "munmap");
	else if (pid_t child = fork(); child == 0)
		std::_Exit(0);
	else
		check(waitpid(child, nullptr, 0) == child, "fork");
}

} // namespace

int main(int argc, char **argv)
{
	check(device >= 0, "/dev/vmalock_test");
	check(argc >= 3, "usage: in_the_way WRITER READER [DECOY]...");
	const bool fault = std::string_view(argv[2]) == "fault";
	if (fault && std::string_view(argv[1]) == "munmap")
		std::signal(SIGSEGV, end_thread);
	const mapping memory(fault ? hold_ms : 0);
	std::unique_ptr<beside> others;
	std::unique_ptr<idle> unused;
	std::unique_ptr<userfault> waiting;

	for (int i = 3; i < argc; i++) {
		if (std::string_view(argv[i]) == "beside")
			others = std::make_unique<beside>();
		else if (std::string_view(argv[i]) == "idle")
			unused = std::make_unique<idle>(memory);
		else if (std::string_view(argv[i]) == "userfault")
			waiting = std::make_unique<userfault>(memory);
	}

	sleeper reader([&] { read_slowly(memory, fault, hold_ms); });
	reader.wait_until_asleep();
	const auto start = std::chrono::steady_clock::now();
	write(memory, argv[1]);
	const std::chrono::nanoseconds waited = std::chrono::steady_clock::now() - start;

	std::printf("pid=%d reader=%d start=%zu end=%zu wait_ns=%lld\n", getpid(), reader.id(),
		    reinterpret_cast<std::size_t>(memory.start),
		    reinterpret_cast<std::size_t>(memory.start) + memory.size(),
		    static_cast<long long>(waited.count()));
	return 0;
}
