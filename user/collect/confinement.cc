// SPDX-License-Identifier: GPL-2.0-only
#include "collect/confinement.hh"

#include <csignal>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include "collect/architecture.hh"
#include "collect/descriptor.hh"
#include "collect/privileges.hh"

namespace vmalock {

namespace {

/** Debian's user and group that own nothing. */
constexpr unsigned nobody = 65534;

/** Of files, all but reading them, by the version of Landlock that has it. */
constexpr struct {
	std::uint64_t right;
	int since;
} landlock_rights[] = {
	{LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
		 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
		 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
		 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
	 1},
	{LANDLOCK_ACCESS_FS_REFER, 2},
	{LANDLOCK_ACCESS_FS_TRUNCATE, 3},
};

/** What makes a file, or changes one. */
constexpr unsigned not_reading = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);

/** Of the allocator, of libelf and libdw, and of our own loop. */
constexpr int allowed[] = {
	SYS_read,
	SYS_pread64,
	SYS_lseek,
	SYS_close,
	SYS_fstat,
	SYS_newfstatat,
	SYS_statx,
	SYS_readlinkat,
	SYS_brk,
	SYS_mmap,
	SYS_munmap,
	SYS_mremap,
	SYS_mprotect,
	SYS_madvise,
	SYS_futex,
	SYS_recvmsg,
	SYS_sendto,
	SYS_setitimer,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_sigaltstack,
	SYS_clock_gettime,
	SYS_getrandom,
	SYS_getpid,
	SYS_gettid,
	SYS_exit,
	SYS_exit_group,
#ifdef SYS_readlink
	SYS_readlink,
#endif
};

void load(unsigned offset, std::vector<sock_filter> &out)
{
	out.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

void result(unsigned value, std::vector<sock_filter> &out)
{
	out.push_back(BPF_STMT(BPF_RET | BPF_K, value));
}

constexpr unsigned refused = SECCOMP_RET_ERRNO | EPERM;

/** @p call is allowed if @p test, a jump, is false of the lower half of its argument. */
void allow_unless(unsigned call, unsigned argument, const sock_filter &test, std::vector<sock_filter> &out)
{
	out.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4));
	load(offsetof(seccomp_data, args) + argument * sizeof(seccomp_data::args[0]), out);
	out.push_back(test);
	result(refused, out);
	result(SECCOMP_RET_ALLOW, out);
}

/** By hand: libseccomp would be a library more, for a list with two conditions. */
std::vector<sock_filter> filter_for(unsigned architecture)
{
	std::vector<sock_filter> filter;

	load(offsetof(seccomp_data, arch), filter);
	filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0));
	result(SECCOMP_RET_KILL_PROCESS, filter);
	load(offsetof(seccomp_data, nr), filter);
	for (const int call : allowed) {
		filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1));
		result(SECCOMP_RET_ALLOW, filter);
	}
	// Of symbols that are kept apart.
	allow_unless(SYS_openat, 2, BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, not_reading, 0, 1), filter);
	// libelf asks whether a file is open. Others of its commands send signals.
	allow_unless(SYS_fcntl, 1, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_GETFL, 1, 0), filter);
	result(refused, filter);
	return filter;
}

[[noreturn]] void refuse_to_go_on(const char *what)
{
	throw std::runtime_error(std::string(what) + " failed: " + std::strerror(errno));
}

/** Root's process becomes nobody's, with no group. EINVAL: a user namespace has no such user. */
void leave_root()
{
	if (!geteuid() &&
	    (setgroups(0, nullptr) || setresgid(nobody, nobody, nobody) || setresuid(nobody, nobody, nobody)) &&
	    errno != EINVAL)
		refuse_to_go_on("leaving root");
}

} // namespace

void become_nobody(const char *name, int kept)
{
	sigset_t none;

	// What ends it is its limits, its reading, and the end of whom it works for.
	setsid();
	for (const int number : {SIGALRM, SIGPROF, SIGXCPU, SIGTERM, SIGINT})
		std::signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, nullptr);
	prctl(PR_SET_NAME, name);
	for (int number = 0; number < kept; number++)
		close(number);
	close_range(static_cast<unsigned>(kept) + 1, ~0U, 0);
	(void)!chdir("/");
	leave_root();
	drop_capabilities_but({});
	prctl(PR_SET_DUMPABLE, 0);
	// After the change of user, which takes it back.
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void open_only_to_read()
{
	const auto version = static_cast<int>(syscall(SYS_landlock_create_ruleset, nullptr, 0,
						      LANDLOCK_CREATE_RULESET_VERSION));
	if (version < 1)
		return;
	// What is handled is refused, since no rule allows it anywhere.
	landlock_ruleset_attr all{};
	for (const auto &[right, since] : landlock_rights)
		if (version >= since)
			all.handled_access_fs |= right;
	if (version >= 4)
		all.handled_access_net = LANDLOCK_ACCESS_NET_CONNECT_TCP;
	// Older kernels know the first member alone.
	const std::size_t size = version >= 4 ? offsetof(landlock_ruleset_attr, handled_access_net) +
							sizeof(all.handled_access_net)
					      : sizeof(all.handled_access_fs);
	const descriptor rules(static_cast<int>(syscall(SYS_landlock_create_ruleset, &all, size, 0)));

	if (!rules || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_landlock_restrict_self, rules.get(), 0))
		refuse_to_go_on("giving up the right to write files");
}

void be_a_reader()
{
	// Root could still change the mode of its files, which Landlock does not forbid.
	prctl(PR_SET_KEEPCAPS, 1);
	leave_root();
	drop_capabilities_but({CAP_DAC_READ_SEARCH});
	open_only_to_read();
}

void read_only()
{
	const unsigned architecture = audit_architecture();

	if (!architecture)
		return;
	std::vector<sock_filter> filter = filter_for(architecture);
	sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
	// EINVAL: a kernel without filters.
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) && errno != EINVAL)
		refuse_to_go_on("giving up system calls");
}

} // namespace vmalock
