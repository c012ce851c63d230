// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The modules under test as user space sees them: loaded and unloaded, the
 * test device, the statistics.
 */
#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <linux/ioctl.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <vector>

#include "ktap.hh"
#include "uapi/helper.h"
#include "uapi/vmalock_test.h"

namespace guest {

using ktap::expect;

/** The whole text of a file, as of now. */
inline std::string text_of(const std::string &path)
{
	std::ifstream file(path);
	expect(file.good(), path + " cannot be opened");
	return { std::istreambuf_iterator<char>(file), {} };
}

/** What this kernel has that tests depend on. */
namespace kernel {
/** Whether a symbol of the kernel, or of a module, has this name. */
inline bool has_symbol(const std::string &name)
{
	std::ifstream symbols("/proc/kallsyms");
	for (std::string address, type, symbol; symbols >> address >> type >> symbol;
	     symbols.ignore(1 << 10, '\n'))
		if (symbol == name)
			return true;
	return false;
}

/** Lockdep is there, and has not turned itself off after a report. */
inline bool has_lockdep()
{
	std::ifstream stats("/proc/lockdep_stats");
	for (std::string line; std::getline(stats, line);)
		if (line.find("debug_locks:") != std::string::npos)
			return line.find('1') != std::string::npos;
	return false;
}

/** User-Mode Linux. */
inline bool is_uml()
{
	return text_of("/proc/cpuinfo").find("User Mode Linux") != std::string::npos;
}

/** Without per-VMA locks, a VMA is locked by mmap_lock. */
inline bool has_vma_locks() { return has_symbol("lock_vma_under_rcu"); }

/** It has the waiting helper; of the calls, vmalock counts the killable ones. */
inline bool locks_vmas_itself() { return has_symbol("vma_start_read_unlocked"); }
} // namespace kernel

/**
 * Modules, in this order, loaded as long as this lives; the first with parameters. They
 * come from where `make install` puts them, or from the folder that VMALOCK_MODULES names.
 */
class modules {
public:
	explicit modules(const std::vector<const char *> &names, const std::string &parameters)
	{
		utsname system;
		uname(&system);
		const char *given = std::getenv("VMALOCK_MODULES");
		const std::string folder = given ? given :
			std::string("/lib/modules/") + system.release + "/updates/vmalock";

		taint_ = warnings();
		for (const char *name : names)
			load(folder, name, loaded_.empty() ? parameters : "");
	}
	~modules() { shell("rmmod" + loaded_); }

	/** Whether the kernel has warned or died (taints W, D, and B, which is KASAN's) since, or lockdep reported. */
	bool kernel_complained() const { return warnings() != taint_ || kernel::has_lockdep() != lockdep_; }

private:
	static unsigned long warnings()
	{
		unsigned long taint = 0;
		std::ifstream("/proc/sys/kernel/tainted") >> taint;
		return taint & (1 << 5 | 1 << 7 | 1 << 9);
	}

	static void shell(const std::string &command)
	{
		if (std::system(command.c_str()) != 0) {
			std::printf("Bail out! '%s' failed\n", command.c_str());
			std::exit(1);
		}
	}

	void load(const std::string &folder, const std::string &name, const std::string &parameters)
	{
		shell("insmod " + folder + "/" + name + ".ko " + parameters);
		loaded_ = " " + name + loaded_;
	}

	unsigned long taint_;
	const bool lockdep_ = kernel::has_lockdep();
	std::string loaded_;	/**< the last one first */
};

/** Run the suite with these modules loaded and no others; the exit status for main(). */
inline int run_with_only(const std::vector<const char *> &names, std::initializer_list<ktap::test> tests,
			 const std::string &parameters = "")
{
	if (geteuid() != 0) {
		std::printf("KTAP version 1\n1..0 # SKIP loading modules needs root\n");
		return 0;
	}
	modules modules(names, parameters);
	const int status = ktap::run(tests);
	if (!modules.kernel_complained())
		return status;
	std::printf("# the kernel printed a warning: see dmesg\n");
	return 1;
}

/** With vmalock, and callers of it. */
inline int run_with_modules(std::initializer_list<ktap::test> tests,
			    std::initializer_list<const char *> callers = { "vmalock_testdev" },
			    const std::string &parameters = "")
{
	std::vector<const char *> names = { "vmalock" };

	names.insert(names.end(), callers);
	return run_with_only(names, tests, parameters);
}

/** How an ioctl of the test device ended. */
struct lock_result {
	int error;			/**< errno, 0 for none */
	std::uint64_t start, end;	/**< of the VMA, 0 if none was locked */

	bool locked() const { return error == 0 && end != 0; }
	bool nothing() const { return error == 0 && start == 0 && end == 0; }
	bool is(std::uint64_t from, std::uint64_t to) const
	{
		return error == 0 && start == from && end == to;
	}
	std::string text() const
	{
		char buffer[80];
		std::snprintf(buffer, sizeof(buffer), "error %d, %#jx-%#jx", error,
			      static_cast<std::uintmax_t>(start), static_cast<std::uintmax_t>(end));
		return buffer;
	}
};

/** /dev/vmalock_test, opened. */
class device {
public:
	device() : fd(open("/dev/vmalock_test", O_RDWR | O_CLOEXEC))
	{
		expect(fd >= 0, std::string("/dev/vmalock_test: ") + std::strerror(errno));
	}
	~device() { close(fd); }
	device(const device &) = delete;

	/** Only a system call and the stack: tasks that share memory may call it. */
	lock_result lock(std::uint32_t how, std::uint64_t address, std::uint32_t hold_us = 0) const
	{
		vmalock_test_lock argument = {};
		argument.address = address;
		argument.how = how;
		argument.hold_us = hold_us;
		const int error = ioctl(fd, VMALOCK_TEST_IOC_LOCK, &argument) == 0 ? 0 : errno;
		return { error, argument.vm_start, argument.vm_end };
	}

	/** As the BPF stack map: by a trylock, and where there is none or it fails, under mmap_lock. */
	lock_result lock_as_stackmap(bool no_trylock, std::uint64_t address, std::uint32_t hold_us = 0) const
	{
		vmalock_test_stackmap argument = { address, no_trylock, hold_us, 0, 0 };
		const int error = ioctl(fd, VMALOCK_TEST_IOC_STACKMAP, &argument) == 0 ? 0 : errno;
		return { error, argument.vm_start, argument.vm_end };
	}

	/** The first VMA of a range. */
	lock_result lock_next(std::uint64_t address, std::uint64_t end, bool killable, std::uint32_t hold_us = 0) const
	{
		vmalock_test_next argument = { address, end, killable, hold_us, 0, 0 };
		const int error = ioctl(fd, VMALOCK_TEST_IOC_NEXT, &argument) == 0 ? 0 : errno;
		return { error, argument.vm_start, argument.vm_end };
	}

	/** What the assertions say of the VMA at @p address; fails if it cannot be asked. */
	vmalock_test_verdicts verdicts(std::uint32_t situation, std::uint64_t address) const
	{
		vmalock_test_verdicts asked = {};
		asked.address = address;
		asked.situation = situation;
		expect(ioctl(fd, VMALOCK_TEST_IOC_VERDICTS, &asked) == 0, std::strerror(errno));
		return asked;
	}

	/** Break the contract; errno or 0. */
	int misuse(std::uint32_t kind, std::uint64_t address, std::uint64_t other = 0) const
	{
		vmalock_test_misuse argument = {};
		argument.address = address;
		argument.other = other;
		argument.kind = kind;
		return ioctl(fd, VMALOCK_TEST_IOC_MISUSE, &argument) == 0 ? 0 : errno;
	}

	const int fd;
};

/** /sys/kernel/debug/vmalock/stats. */
struct statistics {
	std::array<std::uint64_t, VMALOCK_OUTCOME_NR> calls{};

	/** As of now. Allocates nothing, so it may be called while memory is locked. */
	static statistics now()
	{
		statistics result;
		char text[4096] = {};
		const int fd = open("/sys/kernel/debug/vmalock/stats", O_RDONLY | O_CLOEXEC);
		const ssize_t size = read(fd, text, sizeof(text) - 1);

		close(fd);
		expect(size > 0, "/sys/kernel/debug/vmalock/stats cannot be read");
		const char *line = std::strchr(text, '\n');
		for (std::uint64_t &calls : result.calls) {
			expect(line, "/sys/kernel/debug/vmalock/stats has too few lines");
			calls = std::strtoull(std::strchr(line, ' '), nullptr, 10);
			line = std::strchr(line + 1, '\n');
		}
		return result;
	}

	std::uint64_t operator[](vmalock_outcome outcome) const { return calls[outcome]; }

	friend statistics operator-(statistics later, const statistics &earlier)
	{
		for (int outcome = 0; outcome < VMALOCK_OUTCOME_NR; outcome++)
			later.calls[outcome] -= earlier.calls[outcome];
		return later;
	}

	bool operator==(const statistics &) const = default;

	std::string text() const
	{
		std::string result;
		for (std::uint64_t calls : calls)
			result += " " + std::to_string(calls);
		return "fast, waited, unmapped, interrupted, saturated, trylock, refused:" + result;
	}
};

/** How many locks are held, as the same file has it: "held 0". */
inline std::string held_line()
{
	const std::string text = text_of("/sys/kernel/debug/vmalock/stats");
	const auto at = text.find("\nheld ") + 1;

	return text.substr(at, text.find('\n', at) - at);
}

inline const std::uint64_t page_size = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));

/** Whether a VMALOCK_TEST_… way to lock fails where it would have to wait. */
inline bool is_trylock(std::uint32_t how)
{
	return how == VMALOCK_TEST_TRYLOCK || how == VMALOCK_TEST_GUARD_TRYLOCK ||
	       how == VMALOCK_TEST_SCOPED_TRYLOCK || how == VMALOCK_TEST_ACQUIRE_TRYLOCK;
}

inline const char *name(std::uint32_t how)
{
	switch (how) {
	case VMALOCK_TEST_TRYLOCK: return "trylock";
	case VMALOCK_TEST_WAIT: return "wait";
	case VMALOCK_TEST_WAIT_KILLABLE: return "killable wait";
	case VMALOCK_TEST_GUARD_TRYLOCK: return "trylock by guard";
	case VMALOCK_TEST_GUARD_WAIT: return "wait by guard";
	case VMALOCK_TEST_GUARD_KILLABLE: return "killable wait by guard";
	case VMALOCK_TEST_SCOPED_TRYLOCK: return "trylock by scoped_cond_guard";
	case VMALOCK_TEST_SCOPED_WAIT: return "wait by scoped_cond_guard";
	case VMALOCK_TEST_SCOPED_KILLABLE: return "killable wait by scoped_cond_guard";
	case VMALOCK_TEST_ACQUIRE_TRYLOCK: return "trylock by ACQUIRE";
	case VMALOCK_TEST_ACQUIRE_WAIT: return "wait by ACQUIRE";
	default: return "killable wait by ACQUIRE";
	}
}

} // namespace guest
