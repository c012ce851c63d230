// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * actors - threads of one process, each of which does one thing when it is told to.
 *
 *   actors ACTION...
 *
 * The threads have the names of their actions, and are there before anything stands still,
 * since a new one needs memory for its stack. Prints who is who as shell variables (pid,
 * the thread ids by action, start and end of the memory) and "ready". Then each line of
 * standard input is an action that is to begin. When the input ends, so does the process.
 *
 * The memory is of `frozen/file`. Each action needs mmap_lock or the lock of a VMA:
 *
 *   store	stores to the memory; the only one that sleeps in the file system
 *   munmap, mprotect, mremap, dontfork, sequential
 *		change the mapping of the memory
 *   fork	locks all mappings, and has the mmap_lock of the child too
 *   userfault	reads memory of another mapping that nobody fills
 *   touch, copy	by itself and by a system call, where nothing is mapped
 *   mincore, mmap, brk, mlock, register
 *		need mmap_lock for other memory
 *   read	reads a page of the file, which is not in memory and is not read ahead
 *   unmap_read	changes the mapping of that page
 *   setup	holds the mutex of the device for a minute
 *   map_device	needs that mutex, with mmap_lock
 */
#include <atomic>
#include <csignal>
#include <cstring>
#include <linux/ioctl.h>
#include <linux/userfaultfd.h>
#include <memory>
#include <optional>
#include <string_view>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <vector>

#include "frozen.hh"

namespace {

/** What the actions work on, made before anybody stands still. */
struct stage {
	const frozen_file file;
	const mapping memory = file.map(4);
	/** Nothing is mapped there. */
	char *const hole = make_hole();
	const mapping other;
	/** Of the file too. */
	const mapping unread = file.map_more(4, 2);
	/** Nobody fills it. */
	std::optional<mapping> watched;
	const int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	const int userfaults = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC));
	const std::uintptr_t heap_end = static_cast<std::uintptr_t>(syscall(SYS_brk, 0));

	void *page(std::size_t number) const { return const_cast<char *>(memory.start) + number * page_size; }

	int watch(const mapping &range) const
	{
		uffdio_register request = {};

		request.range.start = reinterpret_cast<std::uintptr_t>(range.address());
		request.range.len = range.size();
		request.mode = UFFDIO_REGISTER_MODE_MISSING;
		return ioctl(userfaults, UFFDIO_REGISTER, &request);
	}

	void prepare_userfaults()
	{
		uffdio_api api = {};

		watched.emplace();
		api.api = UFFD_API;
		check(ioctl(userfaults, UFFDIO_API, &api) == 0, "UFFDIO_API");
		check(watch(*watched) == 0, "UFFDIO_REGISTER");
	}

private:
	static char *make_hole()
	{
		const mapping around;

		check(munmap(around.address(), page_size) == 0, "munmap");
		return const_cast<char *>(around.start);
	}
};

struct action {
	std::string_view name;
	void (*act)(const stage &);
};

constexpr action actions[] = {
	{ "store", [](const stage &on) { on.memory.fill(0); } },
	{ "munmap", [](const stage &on) { munmap(on.page(3), page_size); } },
	{ "mprotect", [](const stage &on) { mprotect(on.page(3), page_size, PROT_READ); } },
	{ "mremap", [](const stage &on) { mremap(on.page(3), page_size, page_size, MREMAP_MAYMOVE | MREMAP_FIXED, on.hole); } },
	{ "dontfork", [](const stage &on) { madvise(on.page(0), on.memory.size(), MADV_DONTFORK); } },
	{ "sequential", [](const stage &on) { madvise(on.page(0), on.memory.size(), MADV_SEQUENTIAL); } },
	{ "fork", [](const stage &) {
		 // As fork(), which not every architecture has.
		 if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0)
			 syscall(SYS_exit_group, 0);
	 } },
	{ "userfault", [](const stage &on) { on.watched->touch(0); } },
	{ "touch", [](const stage &on) { static_cast<void>(*const_cast<volatile char *>(on.hole)); } },
	{ "copy", [](const stage &on) { static_cast<void>(!read(on.zeros, on.hole, 1)); } },
	{ "mincore", [](const stage &on) {
		 unsigned char resident;
		 mincore(on.other.address(), page_size, &resident);
	 } },
	{ "mmap", [](const stage &) { mmap(nullptr, page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); } },
	{ "brk", [](const stage &on) { syscall(SYS_brk, on.heap_end + page_size); } },
	{ "mlock", [](const stage &on) { mlock(on.other.address(), page_size); } },
	{ "register", [](const stage &on) { on.watch(on.other); } },
	{ "read", [](const stage &on) {
		 on.file.forget(on.unread);
		 on.unread.touch(0);
	 } },
	{ "unmap_read", [](const stage &on) { munmap(on.unread.address(), page_size); } },
	{ "setup", [](const stage &) {
		 vmalock_test_setup given = {};

		 given.hold_us = VMALOCK_TEST_MAX_HOLD_US;
		 ioctl(device, VMALOCK_TEST_IOC_SETUP, &given);
	 } },
	{ "map_device", [](const stage &) { mmap(nullptr, page_size, PROT_READ, MAP_SHARED, device, 0); } },
};

const action &action_named(std::string_view name)
{
	for (const action &one : actions)
		if (one.name == name)
			return one;
	std::fprintf(stderr, "actors: there is no action %s\n", name.data());
	std::_Exit(1);
}

class actor {
public:
	actor(const stage &on, const action &what)
		: does(what), thread([this, &on] {
			  prctl(PR_SET_NAME, does.name.data());
			  named = true;
			  for (;;) {
				  while (!go.exchange(false))
					  usleep(1000);
				  does.act(on);
			  }
		  })
	{
		while (!named)
			usleep(1000);
	}

	void begin() { go = true; }
	std::string_view name() const { return does.name; }
	pid_t id() const { return thread.id(); }

private:
	const action &does;
	std::atomic<bool> named = false, go = false;
	sleeper thread;
};

/** Nothing is mapped where it faults. */
void stay(int)
{
	for (;;)
		pause();
}

} // namespace

int main(int argc, char **argv)
{
	static char line[64], in[BUFSIZ], out[BUFSIZ];
	std::vector<std::unique_ptr<actor>> all;
	stage on;

	std::signal(SIGSEGV, stay);
	std::setvbuf(stdin, in, _IOFBF, sizeof(in));
	std::setvbuf(stdout, out, _IOFBF, sizeof(out));
	for (int i = 1; i < argc; i++)
		all.push_back(std::make_unique<actor>(on, action_named(argv[i])));
	// What nobody has faulted in needs mmap_lock later.
	check(mlockall(MCL_CURRENT) == 0, "mlockall");
	check(munlock(on.unread.address(), on.unread.size()) == 0, "munlock");
	on.prepare_userfaults();

	std::printf("pid=%d start=%#zx end=%#zx\n", getpid(), reinterpret_cast<std::size_t>(on.memory.start),
		    reinterpret_cast<std::size_t>(on.memory.start) + on.memory.size());
	for (const auto &one : all)
		std::printf("%s=%d\n", one->name().data(), one->id());
	std::puts("ready");
	std::fflush(stdout);
	while (std::fgets(line, sizeof(line), stdin))
		for (const auto &one : all)
			if (one->name() == std::string_view(line, std::strcspn(line, "\n")))
				one->begin();
	std::_Exit(0);
}
