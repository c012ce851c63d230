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
	SYS_fcntl,
	SYS_brk,
	SYS_mmap,
	SYS_munmap,
	SYS_mremap,
	SYS_mprotect,
	SYS_madvise,
	SYS_futex,
	SYS_recvmsg,
	SYS_sendto,
	SYS_getrusage,
	SYS_prlimit64,
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
#ifdef SYS_alarm
	SYS_alarm,
#endif
#ifdef SYS_readlink
	SYS_readlink,
#endif
#ifdef SYS_getrlimit
	SYS_getrlimit,
	SYS_setrlimit,
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

/** By hand: libseccomp would be a library more, for a list without conditions but one. */
std::vector<sock_filter> filter_for(unsigned architecture)
{
	constexpr unsigned refused = SECCOMP_RET_ERRNO | 1; // EPERM	// EPERM
	std::vector<sock_filter> filter;

	load(offsetof(seccomp_data, arch), filter);
	filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0));
	result(SECCOMP_RET_KILL_PROCESS, filter);
	load(offsetof(seccomp_data, nr), filter);
	for (const int call : allowed) {
		filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1));
		result(SECCOMP_RET_ALLOW, filter);
	}
	// openat(), of symbols that are kept apart. Its flags are the third argument's lower half.
	filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 1, 0));
	result(refused, filter);
	load(offsetof(seccomp_data, args[2]), filter);
	filter.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, not_reading, 0, 1));
	result(refused, filter);
	result(SECCOMP_RET_ALLOW, filter);
	return filter;
}

} // namespace

void become_nobody(const char *name, int kept)
{
	sigset_t none;

	// What ends it is its limits, its reading, and the end of whom it works for.
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, nullptr);
	prctl(PR_SET_NAME, name);
	for (int number = 0; number < kept; number++)
		if (number != STDERR_FILENO)
			close(number);
	close_range(static_cast<unsigned>(kept) + 1, ~0U, 0);
	(void)!chdir("/");
	// Whose user cannot be changed gives up privileges all the same.
	if (!geteuid() && !setgroups(0, nullptr) && !setresgid(nobody, nobody, nobody))
		(void)!setresuid(nobody, nobody, nobody);
	drop_capabilities_but({});
	prctl(PR_SET_DUMPABLE, 0);
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
		throw std::runtime_error(std::string("giving up the right to write files failed: ") +
					 std::strerror(errno));
}

void be_a_reader()
{
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
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

} // namespace vmalock
