// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Random and hostile calls of all devices at once: wrong arguments, memory that
 * comes and goes, files that are shared and closed, forks, execs, kills, and a
 * process that keeps trying to unload the modules. The test does not know what a
 * call should return; but the kernel must stay silent, and everything must be
 * released at the end.
 *
 * VMALOCK_SEED repeats the draws, not the interleaving; VMALOCK_FUZZ_SECONDS
 * makes it longer.
 */
#include <array>
#include <cstdlib>
#include <ctime>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <vector>

#include "draws.hh"
#include "memory.hh"
#include "module.hh"
#include "uapi/vmalock_binder.h"
#include "uapi/vmalock_tcp.h"

namespace {

using namespace guest;

constexpr unsigned workers = 4;

unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *text = std::getenv(name);
	return text ? std::strtoul(text, nullptr, 10) : otherwise;
}

const unsigned long seconds = setting("VMALOCK_FUZZ_SECONDS", 15);

struct target {
	const char *path;
	std::vector<unsigned long> commands;
};

/** All but VMALOCK_TEST_IOC_MISUSE, which does on purpose what must not be done. */
const std::array<target, 3> targets{ {
	{ "/dev/vmalock_test",
	  { VMALOCK_TEST_IOC_LOCK, VMALOCK_TEST_IOC_VERDICTS, VMALOCK_TEST_IOC_STACKMAP,
	    VMALOCK_TEST_IOC_NEXT, VMALOCK_TEST_IOC_WALK, VMALOCK_TEST_IOC_REMOTE,
	    VMALOCK_TEST_IOC_REPEAT, VMALOCK_TEST_IOC_SETUP } },
	{ "/dev/vmalock_binder",
	  { VMALOCK_BINDER_IOC_SEND, VMALOCK_BINDER_IOC_FREE, VMALOCK_BINDER_IOC_SWITCH,
	    VMALOCK_BINDER_IOC_FAIL, VMALOCK_BINDER_IOC_STATS } },
	{ "/dev/vmalock_tcp",
	  { VMALOCK_TCP_IOC_FEED, VMALOCK_TCP_IOC_RECEIVE, VMALOCK_TCP_IOC_MODE,
	    VMALOCK_TCP_IOC_FAIL, VMALOCK_TCP_IOC_STATS } },
} };

/** One process that does anything to anything, for ever. */
class worker {
public:
	explicit worker(unsigned number) : random_(number) {}

	[[noreturn]] void run()
	{
		for (;;) {
			switch (below(16)) {
			case 0: open_one(); break;
			case 1: close_one(); break;
			case 2: map_one(); break;
			case 3: unmap_one(); break;
			case 4: fork_one(); break;
			case 5: change_one(); break;
			case 6: reclaim(); break;
			default: call_one(); break;
			}
		}
	}

private:
	struct file {
		int fd = -1;
		unsigned target = 0;
	};
	struct area {
		char *start = nullptr;
		std::size_t bytes = 0;
	};

	std::uint64_t below(std::uint64_t limit) { return random_.below(limit); }

	void open_one()
	{
		file &chosen = files_[below(files_.size())];
		if (chosen.fd >= 0)
			close(chosen.fd);
		chosen.target = static_cast<unsigned>(below(targets.size()));
		chosen.fd = open(targets[chosen.target].path, O_RDWR | (below(2) ? O_CLOEXEC : 0));
	}

	void close_one()
	{
		file &chosen = files_[below(files_.size())];
		if (chosen.fd >= 0)
			close(chosen.fd);
		chosen.fd = -1;
	}

	void map_one()
	{
		area &chosen = areas_[below(areas_.size())];
		const file &file = files_[below(files_.size())];
		const int protection = below(4) ? PROT_READ : static_cast<int>(below(8));
		const bool anonymous = below(4) == 0;

		if (chosen.start)
			munmap(chosen.start, chosen.bytes);
		chosen.bytes = (1 + below(below(8) ? 64 : 2048)) * page_size;
		chosen.start = static_cast<char *>(
			mmap(nullptr, chosen.bytes, protection,
			     (below(8) ? MAP_SHARED : MAP_PRIVATE) | (anonymous ? MAP_ANONYMOUS : 0),
			     anonymous ? -1 : file.fd, static_cast<off_t>(below(8) ? 0 : below(8) * page_size)));
		if (chosen.start == MAP_FAILED)
			chosen.start = nullptr;
	}

	void unmap_one()
	{
		area &chosen = areas_[below(areas_.size())];
		if (chosen.start && below(2)) {
			munmap(chosen.start + below(chosen.bytes / page_size) * page_size, page_size);
		} else if (chosen.start) {
			munmap(chosen.start, chosen.bytes);
			chosen.start = nullptr;
		}
	}

	void change_one()
	{
		const area &chosen = areas_[below(areas_.size())];
		if (!chosen.start)
			return;
		switch (below(4)) {
		case 0: mprotect(chosen.start, page_size, static_cast<int>(below(8))); break;
		case 1: madvise(chosen.start, chosen.bytes, static_cast<int>(below(25))); break;
		case 2: mremap(chosen.start, chosen.bytes, chosen.bytes / 2, 0); break;
		default: mlock(chosen.start, page_size); break;
		}
	}

	/** A child that inherits everything and ends in one of the ways there are. */
	void fork_one()
	{
		const auto child_number = static_cast<unsigned>(below(1u << 31));
		const pid_t child = fork();

		if (child == 0) {
			random_ = random_draws(child_number);
			for (std::uint64_t calls = below(20); calls; calls--)
				call_one();
			if (below(3) == 0)
				execl("/bin/true", "true", nullptr);
			_exit(0);
		}
		if (child > 0) {
			if (below(2)) {
				usleep(static_cast<useconds_t>(below(3000)));
				kill(child, SIGKILL);
			}
			waitpid(child, nullptr, 0);
		}
	}

	void reclaim()
	{
		if (below(8))
			return;
		const int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
		if (write(fd, "2", 1) != 1)
			sched_yield();
		close(fd);
	}

	std::uint64_t interesting()
	{
		const area &area = areas_[below(areas_.size())];
		const std::uint64_t start = reinterpret_cast<std::uint64_t>(area.start);

		switch (below(12)) {
		case 0: return 0;
		case 1: return 1;
		case 2: return below(64);
		case 3: return page_size * below(70);
		case 4: return start;
		case 5: return start + below(area.bytes + 1);
		case 6: return start + area.bytes - 1;
		case 7: return ~std::uint64_t(0) - below(2 * page_size);
		case 8: return std::uint64_t(1) << below(64);
		case 9: return 0xffff800000000000 + below(1 << 30);
		case 10: return reinterpret_cast<std::uint64_t>(data_.data());
		default: return below(~std::uint64_t(0));
		}
	}

	void call_one()
	{
		const file &file = files_[below(files_.size())];
		const target &target = targets[file.target];
		unsigned long command = target.commands[below(target.commands.size())];
		std::array<std::uint64_t, 64> argument;

		for (std::uint64_t &word : argument) {
			word = below(4) ? interesting() : 0;
			if (below(4) == 0)
				word = (word & 0xffffffff) | below(8) << 32;
		}
		if (below(16) == 0)
			command ^= 1ul << below(32);
		if (command == VMALOCK_TEST_IOC_MISUSE)
			return;
		ioctl(file.fd, command, below(16) ? reinterpret_cast<std::uint64_t>(argument.data()) :
						    interesting());
	}

	random_draws random_;
	std::array<file, 6> files_;
	std::array<area, 6> areas_;
	std::array<char, 1 << 16> data_{};
};

std::string kernel_log()
{
	std::string text(1 << 20, '\0');
	const int size = klogctl(3, text.data(), static_cast<int>(text.size()));
	text.resize(static_cast<std::size_t>(std::max(size, 0)));
	return text;
}

/** What KASAN, lockdep, DEBUG_LIST, DEBUG_VM and the rest begin their reports with. */
unsigned reports(const std::string &log, std::string &first)
{
	unsigned count = 0;

	for (const char *sign : { "KASAN:", "BUG:", "WARNING:", "INFO: ", "UBSAN:", "Oops:", "general protection" })
		for (std::size_t at = log.find(sign); at != std::string::npos; at = log.find(sign, at + 1)) {
			if (!count++)
				first = log.substr(at, log.find('\n', at) - at);
		}
	return count;
}

std::string before_first;
const unsigned before = reports(kernel_log(), before_first);
const bool lockdep_before = kernel::has_lockdep();

void anything_goes()
{
	std::array<pid_t, workers> pids;
	std::printf("# seed %ju\n", static_cast<std::uintmax_t>(seed()));
	std::fflush(stdout);

	for (unsigned i = 0; i < workers; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			setpgid(0, 0);
			worker(i).run();
		}
	}
	unsigned refused = 0;
	for (const auto end = std::time(nullptr) + static_cast<std::time_t>(seconds); std::time(nullptr) < end;) {
		// In use or not at the moment: a module that goes comes back.
		for (const char *name : { "vmalock_tcp", "vmalock_binder" }) {
			const std::string module(name);
			if (std::system(("rmmod " + module + " 2> /dev/null").c_str()) != 0)
				refused++;
			else
				expect(std::system(("modprobe " + module).c_str()) == 0, "modprobe " + module);
		}
		usleep(200000);
	}
	for (const pid_t pid : pids)
		kill(-pid, SIGKILL);
	for (const pid_t pid : pids)
		waitpid(pid, nullptr, 0);
	std::printf("# rmmod was refused %u times\n", refused);
	expect(refused > 0, "the modules were never in use, so nothing was tried");
}

void the_kernel_is_silent()
{
	std::string first;
	const unsigned after = reports(kernel_log(), first);

	expect(after <= before, "the kernel reported: " + first);
	expect(kernel::has_lockdep() == lockdep_before, "lockdep has turned itself off");
}

void everything_is_let_go_of()
{
	for (const char *module : { "vmalock_testdev", "vmalock_binder", "vmalock_tcp" })
		ktap::wait_until("nobody uses the modules", [module] {
			unsigned users = ~0u;
			std::ifstream(std::string("/sys/module/") + module + "/refcnt") >> users;
			return users == 0;
		});
	if (!kernel::has_symbol("vma_start_read_unlocked"))
		expect(text_of("/sys/kernel/debug/vmalock/stats").find("\nheld 0\n") != std::string::npos,
		       text_of("/sys/kernel/debug/vmalock/stats"));
}

} // namespace

int main()
{
	if (geteuid() == 0 && std::system("echo 4 > /proc/sys/vm/drop_caches; depmod -a"))
		return 1;
	return run_with_modules({
		{ "anything goes", anything_goes },
		{ "the kernel is silent", the_kernel_is_silent },
		{ "everything is let go of", everything_is_let_go_of },
	}, { "vmalock_testdev", "vmalock_binder", "vmalock_tcp" });
}
