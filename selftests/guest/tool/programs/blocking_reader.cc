// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * blocking_reader - make a writer of a mapping wait for a known reader.
 *
 *   blocking_reader [--stay] WRITER READER [DECOY]...
 *
 * With --stay the process lives on for some seconds, so that its memory can be
 * inspected. The reader sleeps with a VMA locked, and then the writer needs it:
 *
 *   mprotect, munmap, fork	the writer: the main thread, by that system call
 *   driver			a call to /dev/vmalock_test that holds the lock
 *   fault			a page fault whose handler, the device's, sleeps
 *   process			the same fault of another process with our memory
 *   swapin			a fault on a page in swap
 *   reclaim			faults on more pages than our control group may have
 *   frozen			a store to a file whose file system is frozen
 *
 * How long the last two sleep is up to the swap and the control group that the
 * program is started with (swap.sh).
 *
 * Decoys sleep meanwhile, and block nobody:
 *
 *   beside			a driver and a fault, each in another mapping
 *   idle			a thread that has used the mapping, and is idle now
 *   touched			eight that have faulted on it, and wait: on futexes, in a module
 *   userfault			a fault in the mapping that waits for userfaultfd,
 *				and has released the VMA lock for that
 *   copy			a fault at the same address in another address space
 *   swapin			a fault on a page in swap on a disk, which lets go
 *   reclaim			a fault in another mapping, in reclaim
 *
 * Prints who was who as shell variables: pid, reader and each decoy's thread
 * id, the reader's process, the mapping's start and end, and wait_ns, how long
 * the system call took.
 */
#include <chrono>
#include <csignal>
#include <optional>
#include <vector>

#include "decoys.hh"
#include "frozen.hh"

namespace {

constexpr unsigned hold_ms = 800;

/**
 * The writer may be done before the access whose fault it waited for is tried
 * again. That thread has done its part.
 */
void end_thread(int)
{
	syscall(SYS_exit, 0);
}

/** Hold its lock, by the reader of that name. */
void read_slowly(const mapping &memory, std::string_view how)
{
	if (how == "driver")
		call_driver(memory, hold_ms);
	else if (how == "reclaim")
		fill(memory);
	else if (how == "frozen")
		memory.fill(0);
	else
		memory.touch(0);
}

/** Returns the new process's id, 0 if that is not what it makes. */
pid_t write(const mapping &memory, std::string_view how)
{
	pid_t child = 0;

	if (how == "mprotect")
		check(mprotect(memory.address(), memory.size(), PROT_READ) == 0, "mprotect");
	else if (how == "munmap")
		check(munmap(memory.address(), memory.size()) == 0, "munmap");
	else if (child = fork(); child == 0)
		std::_Exit(0);
	check(child >= 0, "fork");
	return child;
}

void wait_for(const auto &reader, pid_t process, const mapping &memory, const char *writer)
{
	reader.wait_until_asleep();
	const auto start = std::chrono::steady_clock::now();
	const pid_t child = write(memory, writer);
	const std::chrono::nanoseconds waited = std::chrono::steady_clock::now() - start;

	filled_enough = true;
	check(!child || waitpid(child, nullptr, 0) == child, "waitpid");
	std::printf("pid=%d reader=%d reader_pid=%d start=%#zx end=%#zx wait_ns=%lld\n", getpid(),
		    reader.id(), process, reinterpret_cast<std::size_t>(memory.start),
		    reinterpret_cast<std::size_t>(memory.start) + memory.size(),
		    static_cast<long long>(waited.count()));
}

} // namespace

int main(int argc, char **argv)
{
	const bool stay = argc > 1 && std::string_view(argv[1]) == "--stay";
	if (stay)
		argc--, argv++;
	check(argc >= 3, "usage: blocking_reader [--stay] WRITER READER [DECOY]...");
	const std::string_view how = argv[2];
	check(device >= 0 || how == "swapin" || how == "reclaim", "/dev/vmalock_test");
	const bool by_device = how == "fault" || how == "process";
	// Not what we need to run: reclaim is to find what was filled.
	check(mlockall(MCL_CURRENT) == 0, "mlockall");
	if (how != "driver")
		std::signal(SIGSEGV, end_thread);
	std::optional<frozen_file> file;
	if (how == "frozen")
		file.emplace();
	const mapping memory = file ? file->map(2)
				    : mapping(by_device ? hold_ms : 0, how == "reclaim" ? too_many_pages : 2);
	std::vector<std::unique_ptr<decoy>> decoys;

	// The first fault holds mmap_lock too, and reclaim may find it there.
	if (how == "reclaim")
		memory.fill(0);
	for (int i = 3; i < argc; i++)
		decoys.push_back(make_decoy(argv[i], memory));
	if (how == "swapin")
		swap_out(memory);
	if (file)
		file->freeze_for(hold_ms);

	const auto body = [&] { read_slowly(memory, how); };
	if (how == "process") {
		process reader(process::memory::shared, body);
		wait_for(reader, reader.id(), memory, argv[1]);
	} else {
		sleeper reader(body);
		wait_for(reader, getpid(), memory, argv[1]);
	}
	if (stay) {
		std::fflush(stdout);
		sleep(5);
	}
	return 0;
}
