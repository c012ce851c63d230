// SPDX-License-Identifier: GPL-2.0-only
#include "cli/file_keeper.hh"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect/privileges.hh"
#include "output/stream.hh"

namespace vmalock {

namespace {

/** All that the keeper knows. Its functions return 0 or an errno, which is its exit status. */
struct kept_file {
	int folder;
	int file;
	std::string name;
	std::string partial;	///< its name until it is whole; beside it, so that renaming is one step
	bool has_partial_name;	///< from the beginning: not every file system has files without names
	former_file former;
};

int errno_if(bool failed)
{
	return failed ? errno : 0;
}

int give_partial_name(const kept_file &kept)
{
	const std::string source = "/proc/self/fd/" + std::to_string(kept.file);

	if (kept.has_partial_name)
		return 0;
	return errno_if(linkat(AT_FDCWD, source.c_str(), kept.folder, kept.partial.c_str(), AT_SYMLINK_FOLLOW) &&
			linkat(kept.file, "", kept.folder, kept.partial.c_str(), AT_EMPTY_PATH));
}

void remove_partial_name(const kept_file &kept)
{
	unlinkat(kept.folder, kept.partial.c_str(), 0);
}

int rename_in(const kept_file &kept, const std::string &from, const std::string &to)
{
	return errno_if(renameat(kept.folder, from.c_str(), kept.folder, to.c_str()));
}

int replace_former(const kept_file &kept)
{
	const std::string old = old_name(kept.name);
	const bool gets_old_name = kept.former == former_file::gets_old_name;
	int error = gets_old_name ? rename_in(kept, kept.name, old) : 0;

	if (error && error != ENOENT)
		return error;
	const bool has_old_name = gets_old_name && !error;
	error = rename_in(kept, kept.partial, kept.name);
	if (error && has_old_name)
		rename_in(kept, old, kept.name);
	return error;
}

int keep(const kept_file &kept)
{
	int error = errno_if(fsync(kept.file));

	if (!error)
		error = give_partial_name(kept);
	if (error)
		return error;
	error = replace_former(kept);
	if (error)
		remove_partial_name(kept);
	// Who may not read the folder may not do this either, and has the file all the same.
	else if (const descriptor readable(openat(kept.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)); readable)
		fsync(readable.get());
	return error;
}

/** Nothing but its files and the order, and of privileges those that files need. */
void become_keeper(const kept_file &kept, int order)
{
	sigset_t all;
	int next = 0;
	std::initializer_list<int> stay = {kept.folder, kept.file, order};

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, nullptr);
	prctl(PR_SET_NAME, "vmalock keeper");
	for (; next <= std::max(stay); next++)
		if (std::ranges::find(stay, next) == stay.end())
			close(next);
	syscall(SYS_close_range, next, ~0u, 0);
	drop_capabilities_but({CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER});
}

/** Does not return. The order is a byte; without one the file is not wanted. */
[[noreturn]] void serve(const kept_file &kept, int order)
{
	char byte;
	int status = 0;

	try {
		become_keeper(kept, order);
		if (read(order, &byte, 1) == 1)
			status = keep(kept);
		else if (kept.has_partial_name)
			remove_partial_name(kept);
	} catch (...) {
		status = EPERM;
	}
	_exit(status);
}

} // namespace

std::string old_name(const std::string &name)
{
	return name + ".old";
}

file_keeper::file_keeper(file_place place, std::string path, former_file former) : path(std::move(path))
{
	static unsigned files;
	kept_file kept = {place.folder(), -1, place.name(), fmt::format(".vmalock-{}-{}", getpid(), files++), false, former};
	int ends[2];

	made = descriptor(openat(kept.folder, ".", O_TMPFILE | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
	if (!made && (errno == EOPNOTSUPP || errno == EISDIR)) {
		kept.has_partial_name = true;
		made = descriptor(openat(kept.folder, kept.partial.c_str(),
					 O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	}
	kept.file = made.get();
	if (!made || pipe2(ends, O_CLOEXEC))
		throw cannot("write " + this->path);
	const descriptor received(ends[0]);
	order = descriptor(ends[1]);
	keeper = fork();
	if (keeper < 0)
		throw cannot("write " + this->path);
	if (keeper == 0)
		serve(kept, ends[0]);
}

file_keeper::~file_keeper()
{
	if (keeper > 0)
		wait_for_keeper();
}

/** Its last order is the end of the pipe. @return 0 or an errno */
int file_keeper::wait_for_keeper()
{
	int status;

	order = descriptor();
	while (waitpid(keeper, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	keeper = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

void file_keeper::keep()
{
	(void)!write(order.get(), "", 1);
	errno = wait_for_keeper();
	if (errno)
		throw cannot("write " + path);
}

} // namespace vmalock
