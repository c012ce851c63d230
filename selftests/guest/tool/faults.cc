// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * faults - have exactly so many page faults of one kind, and few others.
 *
 *   faults [--children N] [--wait] KIND COUNT
 *
 * Each kind forces one VMA_LOCK event of vmstat, COUNT times:
 *
 *   anonymous  first write to a page: success, for the mapping's first page
 *              too, since no writer keeps it from making its anon_vma
 *   readonly   write to a page that is mapped read-only, the SIGSEGV caught:
 *              success, by way of bad_area_access_error()
 *   hole       read where nothing is mapped, the SIGSEGV caught: abort,
 *              nothing mapped
 *   userfault  read of a page that userfaultfd watches for: retry, since the
 *              fault has to wait for user space and gives the VMA lock up;
 *              its second try holds mmap_lock and counts as nothing
 *   bypass     the same by the kernel, for read(): where only user accesses
 *              try the VMA lock, as on x86, nothing
 *   helper     vma_start_read_unlocked() by /dev/vmalock_test, where nothing
 *              is mapped: where the module calls the kernel's own
 *              lock_vma_under_rcu(), abort, nothing mapped
 *
 *   excluded   read of a mapping that a driver has locked and a writer waits
 *              for: abort, readers excluded
 *
 * Everything is done once before, so that code, stack and page tables are
 * there. With --wait, prints "ready" and waits for a line on standard input
 * before the faults, then prints "done" and waits for another. With --children
 * the faults are had by N children at once, COUNT by each.
 */
#include <atomic>
#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <linux/userfaultfd.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "uapi/vmalock_test.h"

namespace {

[[noreturn]] void die(const std::string &sentence)
{
	std::fprintf(stderr, "faults: error: %s\n", sentence.c_str());
	std::exit(1);
}

[[noreturn]] void die_errno(const char *what)
{
	die(std::string(what) + ": " + std::strerror(errno));
}

const std::size_t page_size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));

/** Pages of a mapping of their own: nothing merges with it. */
class pages {
public:
	pages(std::size_t count, int protection) : bytes(count * page_size)
	{
		void *at = mmap(nullptr, bytes + 2 * page_size, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED)
			die_errno("mmap");
		start = static_cast<volatile char *>(at) + page_size;
		// One fault a page: no huge ones.
		if (madvise(address(), bytes, MADV_NOHUGEPAGE))
			die_errno("madvise");
		if (mprotect(address(), bytes, protection))
			die_errno("mprotect");
	}

	volatile char *operator[](std::size_t page) const { return start + page * page_size; }
	void *address() const { return const_cast<char *>(start); }

	const std::size_t bytes;

private:
	volatile char *start;
};

void anonymous(std::size_t count)
{
	pages fresh(count, PROT_READ | PROT_WRITE);

	for (std::size_t page = 0; page < count; page++)
		*fresh[page] = 1;
}

void bypass(std::size_t count)
{
	static const int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	pages fresh(count, PROT_READ | PROT_WRITE);

	for (std::size_t page = 0; page < count; page++)
		if (read(zeros, const_cast<char *>(fresh[page]), 1) != 1)
			die_errno("reading /dev/zero");
}

sigjmp_buf after_fault;

void caught(int)
{
	siglongjmp(after_fault, 1);
}

void catch_faults()
{
	struct sigaction action = {};

	action.sa_handler = caught;
	if (sigaction(SIGSEGV, &action, nullptr))
		die_errno("sigaction");
}

/** A function of its own: sigsetjmp() keeps no local variables. */
template <class Access>
void fault_and_catch(Access access)
{
	if (!sigsetjmp(after_fault, 1)) {
		access();
		die("an access that must fault did not");
	}
}

void readonly(std::size_t count)
{
	pages page(1, PROT_READ);

	while (count--)
		fault_and_catch([&page] { *page[0] = 1; });
}

void hole(std::size_t count)
{
	pages page(1, PROT_READ);

	if (munmap(page.address(), page.bytes))
		die_errno("munmap");
	while (count--)
		fault_and_catch([&page] { static_cast<void>(*page[0]); });
}

/** Fill @p count pages, each when somebody waits for it. */
void serve(int userfaults, std::size_t count)
{
	while (count--) {
		uffd_msg message;
		uffdio_zeropage zero = {};

		if (read(userfaults, &message, sizeof(message)) != sizeof(message))
			die_errno("reading from userfaultfd");
		zero.range.start = message.arg.pagefault.address & ~(page_size - 1);
		zero.range.len = page_size;
		if (ioctl(userfaults, UFFDIO_ZEROPAGE, &zero))
			die_errno("UFFDIO_ZEROPAGE");
	}
}

void userfault(std::size_t count)
{
	pages watched(count ? count : 1, PROT_READ | PROT_WRITE);
	int userfaults = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC));
	uffdio_api api = {};
	uffdio_register range = {};

	if (userfaults < 0)
		die_errno("userfaultfd");
	api.api = UFFD_API;
	if (ioctl(userfaults, UFFDIO_API, &api))
		die_errno("UFFDIO_API");
	range.range.start = reinterpret_cast<std::uintptr_t>(watched.address());
	range.range.len = watched.bytes;
	range.mode = UFFDIO_REGISTER_MODE_MISSING;
	if (ioctl(userfaults, UFFDIO_REGISTER, &range))
		die_errno("UFFDIO_REGISTER");

	std::thread server(serve, userfaults, count);
	for (std::size_t page = 0; page < count; page++)
		static_cast<void>(*watched[page]);
	server.join();
	close(userfaults);
}

int open_device()
{
	int device = open("/dev/vmalock_test", O_RDWR | O_CLOEXEC);

	if (device < 0)
		die_errno("/dev/vmalock_test");
	return device;
}

void helper(std::size_t count)
{
	static const int device = open_device();
	pages page(1, PROT_READ);

	if (munmap(page.address(), page.bytes))
		die_errno("munmap");
	while (count--) {
		vmalock_test_lock lock = {};

		lock.address = reinterpret_cast<std::uintptr_t>(page.address());
		lock.how = VMALOCK_TEST_WAIT;
		if (ioctl(device, VMALOCK_TEST_IOC_LOCK, &lock))
			die_errno("VMALOCK_TEST_IOC_LOCK");
		if (lock.vm_end)
			die("the helper found a VMA where there is none");
	}
}

/** A thread that says who it is, so that others can see it sleep. */
class sleeper {
public:
	template <class Body>
	explicit sleeper(Body body)
		: thread([this, body] {
			  id.store(gettid(), std::memory_order_release);
			  body();
		  })
	{
	}
	~sleeper() { thread.join(); }

	/** Return when it sleeps and no signal but a fatal one would wake it. */
	void wait_until_asleep() const
	{
		char state = 0;

		while (state != 'D') {
			char path[64], text[128] = {};

			std::snprintf(path, sizeof(path), "/proc/self/task/%d/stat",
				      id.load(std::memory_order_acquire));
			int file = open(path, O_RDONLY | O_CLOEXEC);
			if (file < 0)
				continue;
			if (read(file, text, sizeof(text) - 1) < 0)
				die_errno(path);
			close(file);
			const char *name_end = std::strrchr(text, ')');
			state = name_end ? name_end[2] : 0;
		}
	}

private:
	std::atomic<pid_t> id = 0;
	std::thread thread;
};

void excluded(std::size_t count)
{
	static const int device = open_device();

	while (count--) {
		pages page(1, PROT_READ);
		sleeper driver([&page] {
			vmalock_test_lock lock = {};

			lock.address = reinterpret_cast<std::uintptr_t>(page.address());
			lock.how = VMALOCK_TEST_WAIT;
			lock.hold_us = 500000;
			if (ioctl(device, VMALOCK_TEST_IOC_LOCK, &lock))
				die_errno("VMALOCK_TEST_IOC_LOCK");
		});
		driver.wait_until_asleep();
		sleeper writer([&page] {
			if (mprotect(page.address(), page.bytes, PROT_READ | PROT_WRITE))
				die_errno("mprotect");
		});
		writer.wait_until_asleep();
		static_cast<void>(*page[0]);
	}
}

void say_and_wait(std::string_view word)
{
	char line;

	if (write(STDOUT_FILENO, word.data(), word.size()) < 0)
		die_errno("write");
	while (read(STDIN_FILENO, &line, 1) == 1 && line != '\n')
		;
}

using kind = void (*)(std::size_t);

kind kind_of(std::string_view name)
{
	if (name == "anonymous")
		return anonymous;
	if (name == "bypass")
		return bypass;
	if (name == "readonly")
		return readonly;
	if (name == "hole")
		return hole;
	if (name == "userfault")
		return userfault;
	if (name == "helper")
		return helper;
	if (name == "excluded")
		return excluded;
	die("there is no kind of fault '" + std::string(name) + "'");
}

void in_children(unsigned children, kind have, std::size_t count)
{
	for (unsigned child = 0; child < children; child++) {
		pid_t pid = fork();

		if (pid < 0)
			die_errno("fork");
		if (pid == 0) {
			have(count);
			_exit(0);
		}
	}
	for (int status; wait(&status) > 0;)
		if (status)
			die("a child failed");
}

} // namespace

int main(int argc, char **argv)
{
	unsigned children = 0;
	bool waits = false;
	int argument = 1;

	for (; argument < argc && argv[argument][0] == '-'; argument++) {
		if (std::string_view(argv[argument]) == "--wait")
			waits = true;
		else if (std::string_view(argv[argument]) == "--children" && argument + 1 < argc)
			children = static_cast<unsigned>(std::stoul(argv[++argument]));
		else
			die("there is no option " + std::string(argv[argument]));
	}
	if (argc - argument != 2)
		die("usage: faults [--children N] [--wait] KIND COUNT");
	kind have = kind_of(argv[argument]);
	std::size_t count = std::stoul(argv[argument + 1]);

	catch_faults();
	have(1);
	if (waits)
		say_and_wait("ready\n");
	if (children)
		in_children(children, have, count);
	else
		have(count);
	if (waits)
		say_and_wait("done\n");
	return 0;
}
