// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * culprit - block page faults, an exactly known number of times.
 *
 *   culprit [--late] [--stay] CALL VICTIMS
 *
 * A driver holds one mapping read-locked, so that a writer of it, who makes the
 * system call CALL, has to wait, with mmap_lock held. VICTIMS tasks then read
 * from the mapping, each of which aborts once and waits for mmap_lock. Beside
 * them one task waits to write, one to read mmap_lock other than by a fault,
 * and a decoy in a process of its own changes its own mappings all the time.
 * When all are asleep the driver is killed, and everybody goes on.
 *
 * All but the last share memory and files, but are processes, each with a name
 * that says what it does.
 *
 * Prints what a report should say, one "NAME VALUE" a line: writer, reader and
 * waiter are process ids, site is where the system call returns to, start and
 * end the mapping, held how many ns mmap_lock was held at least. With --late
 * the writer is there already when "standing" is printed, and a line on
 * standard input sends the victims; when they wait, "waiting" is printed, and another
 * line lets all go on. There is no decoy then, for the driver can
 * hold its lock for a minute only. With --stay the writer lives on for some seconds,
 * so that its memory can be looked at.
 */
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <vector>

#include "memory.hh"
#include "module.hh"
#include "task.hh"

extern "C" const char culprit_site[];

namespace {

using namespace guest;
using ktap::wait_until;

/** A system call that is made nowhere else; returns behind the label. */
[[gnu::noinline, gnu::noclone]] long call(long number, std::uint64_t a, std::uint64_t b,
					  std::uint64_t c, std::uint64_t d, std::uint64_t e)
{
#ifdef __aarch64__
	register std::uint64_t x8 asm("x8") = number, x0 asm("x0") = a, x1 asm("x1") = b,
			       x2 asm("x2") = c, x3 asm("x3") = d, x4 asm("x4") = e, x5 asm("x5") = 0;

	asm volatile("svc #0\n.globl culprit_site\nculprit_site:"
		     : "+r"(x0)
		     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
		     : "memory");
	return x0;
#else
	register std::uint64_t r10 asm("r10") = d;
	register std::uint64_t r8 asm("r8") = e;
	register std::uint64_t r9 asm("r9") = 0;
	long result;

	asm volatile("syscall\n.globl culprit_site\nculprit_site:"
		     : "=a"(result)
		     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
		     : "rcx", "r11", "memory");
	return result;
#endif
}

struct culprit_call {
	std::string_view name;
	void (*make)(const mapping &memory, const mapping &target);
};

constexpr culprit_call calls[] = {
	{ "mprotect", [](const mapping &memory, const mapping &) {
		call(SYS_mprotect, memory.start, memory.bytes, PROT_READ, 0, 0);
	} },
	{ "munmap", [](const mapping &memory, const mapping &) {
		call(SYS_munmap, memory.start, memory.bytes, 0, 0, 0);
	} },
	{ "mmap", [](const mapping &memory, const mapping &) {
		call(SYS_mmap, memory.start, memory.bytes, PROT_READ,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1ul);
	} },
	{ "mremap", [](const mapping &memory, const mapping &target) {
		call(SYS_mremap, memory.start, memory.bytes, memory.bytes,
		     MREMAP_MAYMOVE | MREMAP_FIXED, target.start);
	} },
	{ "madvise", [](const mapping &memory, const mapping &) {
		call(SYS_madvise, memory.start, memory.bytes, MADV_DONTFORK, 0, 0);
	} },
	// As fork() of the C library.
	{ "clone", [](const mapping &, const mapping &) {
		if (call(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0)
			syscall(SYS_exit, 0);
	} },
};

const culprit_call &call_named(std::string_view name)
{
	for (const culprit_call &call : calls)
		if (call.name == name)
			return call;
	throw ktap::failure("there is no call " + std::string(name));
}

std::uint64_t now_ns()
{
	timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

void set_name(const char *name)
{
	prctl(PR_SET_NAME, name);
}

/** A process with memory of its own, which it changes until it is killed. */
class decoy {
public:
	decoy()
	{
		pid = fork();
		if (pid)
			return;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		set_name("decoy");
		mapping own(4);
		for (int protection = 0;; protection ^= PROT_READ)
			mprotect(own.address(), own.bytes, protection);
	}
	~decoy()
	{
		kill(pid, SIGKILL);
		waitpid(pid, nullptr, 0);
	}

private:
	pid_t pid;
};

/** Say where we are, and wait to be told to go on. */
void pause_at(const char *place)
{
	char line;

	std::puts(place);
	std::fflush(stdout);
	expect(read(STDIN_FILENO, &line, 1) == 1, "nobody said when to go on");
}

void run(const culprit_call &culprit, std::size_t victims, bool late, bool stay)
{
	// First: what fork() leaves write-protected is not for the others to fault on.
	std::optional<decoy> aloof;
	if (!late)
		aloof.emplace();
	device device;
	// Below all others: fork() must not get to these first.
	mapping memory(4, reinterpret_cast<void *>(1 << 20));
	mapping target(4), aside(1);
	task driver([&] {
		set_name("driver");
		device.lock(VMALOCK_TEST_WAIT, memory.start, VMALOCK_TEST_MAX_HOLD_US);
	});
	task writer([&] {
		set_name("culprit");
		culprit.make(memory, target);
		if (stay)
			sleep(5);
	});
	task waiter([&] {
		set_name("waiter");
		munmap(aside.address(), aside.bytes);
	});
	task reader([&] {
		unsigned char resident;

		set_name("reader");
		mincore(aside.address(), 1, &resident);
	});
	auto read_memory = [&] {
		set_name("victim");
		static_cast<void>(*static_cast<volatile char *>(memory.address(1)));
	};
	std::vector<std::unique_ptr<task<decltype(read_memory)>>> hit;
	for (std::size_t i = 0; i < victims; i++)
		hit.push_back(std::make_unique<task<decltype(read_memory)>>(read_memory));
	const pid_t pids[] = { writer.pid(), waiter.pid(), reader.pid() };

	driver.start();
	wait_until("the driver sleeps with the VMA locked", [&] { return driver.asleep(); });
	writer.start();
	wait_until("the writer waits for the driver", [&] { return writer.asleep(); });
	if (late)
		pause_at("standing");
	const std::uint64_t since = now_ns();
	for (auto &victim : hit) {
		victim->start();
		wait_until("the victim waits for mmap_lock", [&] { return victim->asleep(); });
	}
	waiter.start();
	wait_until("the waiter waits for mmap_lock", [&] { return waiter.asleep(); });
	reader.start();
	wait_until("the reader waits for mmap_lock", [&] { return reader.asleep(); });
	usleep(50000);
	if (late)
		pause_at("waiting");
	expect(driver.asleep(), "the driver did not hold the lock that long");
	const std::uint64_t held = now_ns() - since;
	driver.kill();
	for (auto &victim : hit)
		victim->join();
	writer.join();
	waiter.join();
	reader.join();
	std::printf("writer %d\nwaiter %d\nreader %d\nsite %#" PRIxPTR "\nstart %#" PRIx64
		    "\nend %#" PRIx64 "\nheld %" PRIu64 "\n",
		    pids[0], pids[1], pids[2], reinterpret_cast<std::uintptr_t>(culprit_site),
		    memory.start, memory.end, held);
}

} // namespace

int main(int argc, char **argv)
{
	const bool late = argc > 1 && std::string_view(argv[1]) == "--late";

	const bool stay = argc > 1 + late && std::string_view(argv[1 + late]) == "--stay";

	if (argc - late - stay != 3) {
		std::fprintf(stderr, "usage: culprit [--late] [--stay] CALL VICTIMS\n");
		return 1;
	}
	try {
		run(call_named(argv[argc - 2]), std::stoul(argv[argc - 1]), late, stay);
	} catch (const std::exception &error) {
		std::fprintf(stderr, "culprit: error: %s\n", error.what());
		return 1;
	}
	return 0;
}
