// SPDX-License-Identifier: GPL-2.0-only
#include "cli/file_keeper.hh"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <random>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
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

/** Process ids are no names: another PID namespace has the same. */
std::string name_that_nobody_has()
{
	std::random_device random;

	return fmt::format(".vmalock-{:08x}{:08x}", random(), random());
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

int rename_in(const kept_file &kept, const std::string &from, const std::string &to, unsigned flags = 0)
{
	return errno_if(renameat2(kept.folder, from.c_str(), kept.folder, to.c_str(), flags));
}

/** The former file has the partial name. An empty one is nothing to lose. */
int give_old_name(const kept_file &kept)
{
	const std::optional<struct stat> former = status_in(kept.folder, kept.partial);

	if (former && !former->st_size)
		return errno_if(unlinkat(kept.folder, kept.partial.c_str(), 0));
	return rename_in(kept, kept.partial, old_name(kept.name));
}

/** At any moment there is a file of that name. */
int replace_former(const kept_file &kept)
{
	if (kept.former == former_file::is_replaced)
		return rename_in(kept, kept.partial, kept.name);

	int error = rename_in(kept, kept.partial, kept.name, RENAME_NOREPLACE);
	if (error == EEXIST) {
		error = rename_in(kept, kept.partial, kept.name, RENAME_EXCHANGE);
		if (!error && (error = give_old_name(kept)))
			rename_in(kept, kept.partial, kept.name, RENAME_EXCHANGE);
	}
	// Some file systems, such as NFS, have neither flag.
	if (error == EINVAL) {
		error = rename_in(kept, kept.name, old_name(kept.name));
		if (!error || error == ENOENT)
			error = rename_in(kept, kept.partial, kept.name);
	}
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
	int next = 0;
	std::initializer_list<int> stay = {kept.folder, kept.file, order};

	setsid();		// what kills our group is to be survived
	prctl(PR_SET_NAME, "vmalock keeper");
	for (; next <= std::max(stay); next++)
		if (std::ranges::find(stay, next) == stay.end())
			close(next);
	close_range(static_cast<unsigned>(next), ~0u, 0);
	drop_capabilities_but({CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER});
}

/** Runs with all signals blocked, and does not return. The order is a byte; without one the file is not wanted. */
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

/** Between making a file and having it kept, nothing may end us. */
class signals_blocked {
public:
	signals_blocked()
	{
		sigset_t all;

		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, &before);
	}
	~signals_blocked() { sigprocmask(SIG_SETMASK, &before, nullptr); }

private:
	sigset_t before;
};

} // namespace

std::string old_name(const std::string &name)
{
	return name + ".old";
}

file_keeper::file_keeper(file_place place, std::string path, former_file former) : path(std::move(path))
{
	kept_file kept = {place.folder(), -1, place.name(), name_that_nobody_has(), false, former};
	int ends[2];

	const signals_blocked until_it_is_kept;
	made = descriptor(openat(kept.folder, ".", O_TMPFILE | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
	if (!made && (errno == EOPNOTSUPP || errno == EISDIR)) {
		kept.has_partial_name = true;
		made = descriptor(openat(kept.folder, kept.partial.c_str(),
					 O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	}
	kept.file = made.get();
	if (!made)
		throw cannot("write " + this->path);
	// Not a pipe: if the keeper was killed, a signal would end us too.
	if (!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		const descriptor received(ends[0]);

		order = descriptor(ends[1]);
		keeper = fork();
		if (keeper == 0)
			serve(kept, ends[0]);
	}
	if (keeper < 0) {
		const int why = errno;

		if (kept.has_partial_name)
			remove_partial_name(kept);
		errno = why;
		throw cannot("write " + this->path);
	}
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
	send(order.get(), "", 1, MSG_NOSIGNAL);
	errno = wait_for_keeper();
	if (errno)
		throw cannot("write " + path);
}

} // namespace vmalock
