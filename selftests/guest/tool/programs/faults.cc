// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * faults - cause an exact number of page faults of one kind, and few others.
 *
 *   faults [--children N] [--wait] [--file FILE] KIND COUNT
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
 *   write_locked  read of a mapping that a writer has changed while it still
 *              waits for another: abort, write-locked
 *   io         read of a page of FILE that is not in memory: retry, for I/O
 *   kernel_io  the same by the kernel, for write(): bypass, once though it
 *              comes back too
 *   page_lock  read of a page of FILE that somebody has locked: retry, for that
 *   anon_vma   first write to a mapping while mmap_lock is taken: retry, for
 *              the first anon_vma
 *   handler    read of the vDSO, whose handler needs mmap_lock: retry, for that
 *   gup        read by another process's way, process_vm_readv(): bypass
 *
 *   stuck      COUNT children sleep in a userfault at once until they are
 *              killed: retry by each, and nothing more
 *   signals    anonymous, under a hail of signals
 *   swapped    read of a page that was swapped out
 *   mappings   first write to COUNT mappings of one page each
 *   exec       anonymous, after an exec by a thread that is not the leader
 *   renamed    anonymous twice, the second time under the name "renamed"
 *   moved      anonymous twice, the second time in the cgroup whose cgroup.procs
 *              is FILE
 *
 * Everything is done once before, so that code, stack and page tables are
 * there. With --wait, prints "ready" and waits for a line on standard input
 * before the faults, then prints "done" and waits for another. With --children
 * the faults are had by N children, COUNT by each, and not too many at once.
 */
#include <csetjmp>
#include <csignal>
#include <linux/userfaultfd.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <utility>
#include <vector>

#include "faults.hh"

namespace {

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

/** A userfaultfd that faults of these pages wait for. */
int watch(const pages &watched)
{
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
	return userfaults;
}

void userfault(std::size_t count)
{
	pages watched(count ? count : 1, PROT_READ | PROT_WRITE);
	int userfaults = watch(watched);

	std::thread server(serve, userfaults, count);
	for (std::size_t page = 0; page < count; page++)
		static_cast<void>(*watched[page]);
	server.join();
	close(userfaults);
}

void stuck(std::size_t count)
{
	std::vector<pid_t> children;

	while (count--) {
		int ready[2];
		char byte;
		pid_t child;

		if (pipe2(ready, O_CLOEXEC) || (child = fork()) < 0)
			die_errno("fork");
		if (child == 0) {
			pages watched(1, PROT_READ | PROT_WRITE);
			watch(watched);
			if (write(ready[1], "", 1) == 1)
				*watched[0] = 1;
			_exit(1);
		}
		if (read(ready[0], &byte, 1) != 1)
			die("a child failed");
		close(ready[0]);
		close(ready[1]);
		children.push_back(child);
	}
	usleep(100000);		// until all of them sleep
	for (pid_t child : children)
		kill(child, SIGKILL);
	for (pid_t child : children) {
		int status;

		if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
			die("a child was not stuck");
	}
}

void signals(std::size_t count)
{
	itimerval often = { { 0, 300 }, { 0, 300 } }, never = {};

	std::signal(SIGALRM, [](int) {});
	if (setitimer(ITIMER_REAL, &often, nullptr))
		die_errno("setitimer");
	anonymous(count);
	setitimer(ITIMER_REAL, &never, nullptr);
}

void swapped(std::size_t count)
{
	pages swapped(count ? count : 1, PROT_READ | PROT_WRITE);

	for (std::size_t page = 0; page < count; page++)
		*swapped[page] = 1;
	if (madvise(swapped.address(), swapped.bytes, MADV_PAGEOUT))
		die_errno("MADV_PAGEOUT");
	for (std::size_t page = 0; page < count; page++)
		static_cast<void>(*swapped[page]);
}

void mappings(std::size_t count)
{
	pages all(2 * count + 1, PROT_NONE);

	for (std::size_t page = 0; page < 2 * count; page += 2) {
		if (mprotect(const_cast<char *>(all[page]), page_size, PROT_READ | PROT_WRITE))
			die_errno("mprotect");
		*all[page] = 1;
	}
}

void exec(std::size_t count)
{
	static bool rehearsed;
	std::string number = std::to_string(count);

	if (!std::exchange(rehearsed, true))
		return;
	std::thread([&number] {
		execl("/proc/self/exe", "faults", "anonymous", number.c_str(), nullptr);
		die_errno("exec");
	}).join();
}

void renamed(std::size_t count)
{
	static bool rehearsed;

	anonymous(count);
	if (!std::exchange(rehearsed, true))
		return;
	if (prctl(PR_SET_NAME, "renamed"))
		die_errno("PR_SET_NAME");
	anonymous(count);
}

void moved(std::size_t count)
{
	static bool rehearsed;

	anonymous(count);
	if (!std::exchange(rehearsed, true))
		return;
	const int processes = open(file_to_map.c_str(), O_WRONLY | O_CLOEXEC);
	if (processes < 0 || write(processes, "0", 1) != 1)
		die_errno("moving to another cgroup");
	anonymous(count);
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

void excluded(std::size_t count)
{
	static const int device = open_device();

	while (count--) {
		pages page(1, PROT_READ);
		driver_hold driver(device, page.address());
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
	if (name == "write_locked")
		return write_locked;
	if (name == "io")
		return io;
	if (name == "kernel_io")
		return kernel_io;
	if (name == "page_lock")
		return page_lock;
	if (name == "anon_vma")
		return anon_vma;
	if (name == "handler")
		return handler;
	if (name == "gup")
		return gup;
	if (name == "stuck")
		return stuck;
	if (name == "signals")
		return signals;
	if (name == "swapped")
		return swapped;
	if (name == "mappings")
		return mappings;
	if (name == "exec")
		return exec;
	if (name == "renamed")
		return renamed;
	if (name == "moved")
		return moved;
	die("there is no kind of fault '" + std::string(name) + "'");
}

void in_children(unsigned children, kind have, std::size_t count)
{
	constexpr unsigned at_once = 32;
	int status;

	for (unsigned child = 0; child < children; child++) {
		if (child >= at_once && (wait(&status) < 0 || status))
			die("a child failed");
		pid_t pid = fork();

		if (pid < 0)
			die_errno("fork");
		if (pid == 0) {
			have(count);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
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
		else if (std::string_view(argv[argument]) == "--file" && argument + 1 < argc)
			file_to_map = argv[++argument];
		else
			die("there is no option " + std::string(argv[argument]));
	}
	if (argc - argument != 2)
		die("usage: faults [--children N] [--wait] [--file FILE] KIND COUNT");
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
