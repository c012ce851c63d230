// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * standing - make a stall that stands until standard input ends.
 *
 *   standing KIND
 *
 * Whoever stands in the way stores to a file of a frozen file system:
 *
 *   vma		a thread, by a page fault: it has the lock of its VMA. Another unmaps a
 *			part of the mapping and waits for it, with mmap_lock.
 *   mmap_lock		another process, through /proc/PID/mem: it has mmap_lock to read.
 *
 * Behind them wait a thread in mmap(), which comes first, and three that fault where
 * nothing is mapped. Eight have touched the mapping, and are idle.
 *
 * Prints who is who as shell variables, and "ready" when all of them sleep.
 */
#include <atomic>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decoys.hh"
#include "frozen.hh"

namespace {

constexpr int faulting_threads = 3;

/** Nothing is mapped where they fault. */
void end_thread(int)
{
	syscall(SYS_exit, 0);
}

/** A thread that is there before the stall, since a new one needs memory for its stack. */
class prepared {
public:
	template <class Body>
	explicit prepared(Body body)
		: thread([this, body] {
			  while (!go.load())
				  usleep(1000);
			  body();
		  })
	{
		thread.id();
	}

	void let_go() { go = true; }
	/** Return when it sleeps in what it was prepared for. */
	void stand()
	{
		let_go();
		thread.wait_until_asleep();
	}

	pid_t id() const { return thread.id(); }

private:
	std::atomic<bool> go = false;
	sleeper thread;
};

/** A process that stores to a page of another one, which does not ask for it. */
class remote_store {
public:
	remote_store(pid_t whose, const mapping &memory)
	{
		check(pipe2(go, O_CLOEXEC) == 0, "pipe");
		child.emplace(process::memory::copied, [this, whose, &memory] {
			const std::string path = "/proc/" + std::to_string(whose) + "/mem";
			const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
			char byte;

			check(file >= 0, path.c_str());
			check(read(go[0], &byte, 1) == 1, "read");
			check(pwrite(file, &byte, 1, reinterpret_cast<off_t>(memory.start)) == 1, "pwrite");
			std::_Exit(0);
		});
	}

	void let_go() const { check(write(go[1], "1", 1) == 1, "write"); }
	void stand() const
	{
		let_go();
		child->wait_until_asleep();
	}

	pid_t id() const { return child->id(); }

private:
	int go[2];
	std::optional<process> child;
};

void stall(const frozen_file &file, const mapping &memory, bool of_vma)
{
	static char buffer[BUFSIZ];
	char *hole = static_cast<char *>(mmap(nullptr, page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	prepared storing([&] { memory.fill(0); });
	prepared unmapping([&] {
		check(munmap(const_cast<char *>(memory.start + page_size), page_size) == 0, "munmap");
	});
	prepared map([] { mmap(nullptr, page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); });
	std::vector<std::unique_ptr<prepared>> faulting;
	const remote_store remote(getpid(), memory);

	for (int i = 0; i < faulting_threads; i++)
		faulting.push_back(std::make_unique<prepared>([=] { static_cast<void>(*const_cast<volatile char *>(hole)); }));
	check(munmap(hole, page_size) == 0, "munmap");
	std::setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	check(mlockall(MCL_CURRENT) == 0, "mlockall");

	file.freeze();
	if (of_vma) {
		storing.stand();
		unmapping.stand();
	} else {
		remote.stand();
	}
	map.stand();
	for (const auto &thread : faulting)
		thread->stand();
	std::printf("pid=%d reader=%d unmapping=%d mapping=%d start=%#zx end=%#zx\nready\n", getpid(),
		    of_vma ? storing.id() : remote.id(), unmapping.id(), map.id(),
		    reinterpret_cast<std::size_t>(memory.start),
		    reinterpret_cast<std::size_t>(memory.start) + memory.size());
	std::fflush(stdout);
	static_cast<void>(std::getchar());
	file.thaw();
	if (of_vma) {
		remote.let_go();
	} else {
		storing.let_go();
		unmapping.let_go();
	}
}

} // namespace

int main(int argc, char **argv)
{
	check(argc == 2, "usage: standing vma|mmap_lock");
	std::signal(SIGSEGV, end_thread);
	const frozen_file file;
	const mapping memory = file.map(2);
	const touched idle(memory, false);

	stall(file, memory, std::string_view(argv[1]) == "vma");
	return 0;
}
