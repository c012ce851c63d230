// SPDX-License-Identifier: GPL-2.0-only
#include "cli/result_file.hh"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace vmalock {

namespace {

/** @param path the place, for errors */
void refuse_inputs(const struct stat &status, const std::string &path, const std::vector<std::string> &inputs)
{
	for (const std::string &input : inputs) {
		struct stat other;

		if (S_ISREG(status.st_mode) && !stat(input.c_str(), &other) && other.st_dev == status.st_dev &&
		    other.st_ino == status.st_ino)
			throw std::runtime_error("cannot write " + path + ": it is also read, as " + input +
						 ": choose another name");
	}
}

/** Pipes of others: they would read what is written. */
void refuse_pipe_of_others(const struct stat &status, const std::string &path)
{
	if (S_ISFIFO(status.st_mode) && status.st_uid != 0 && status.st_uid != geteuid())
		throw std::runtime_error(fmt::format("cannot write {}: it is a pipe of user {}, who could read it: write to "
						     "standard output instead",
						     path, status.st_uid));
}

/** A device, or the like: nothing is made or emptied. */
descriptor as_it_is(const file_place &place, const std::string &path)
{
	descriptor result(openat(place.folder(), place.name().c_str(),
				 O_WRONLY | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
	struct stat status;

	// The folder can be somebody else's, who puts another file there meanwhile.
	if (result && (fstat(result.get(), &status) || S_ISREG(status.st_mode))) {
		errno = EEXIST;
		return descriptor();
	}
	if (result)
		refuse_pipe_of_others(status, path);
	return result;
}

/** What no other file can take the place of, said now and not when there is a result. */
void refuse_irreplaceable(const file_place &place, const std::string &path)
{
	struct statx status;

	if (statx(place.folder(), place.name().c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &status))
		throw cannot("write " + path);
	if (status.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		throw std::runtime_error("cannot write " + path + ": no file can replace a mount point: choose another name");
	if (status.stx_attributes & (STATX_ATTR_APPEND | STATX_ATTR_IMMUTABLE))
		throw std::runtime_error("cannot write " + path + ": it has attribute a or i (chattr): choose another name");
}

} // namespace

result_file::result_file(const std::string &path, const std::vector<std::string> &inputs, former_file former)
	: path(path)
{
	file_place place(path);
	descriptor written;

	if (place.is_open_already()) {
		written = descriptor(open(path.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC));
	} else if (const auto before = status_in(place.folder(), place.name()); before && !S_ISREG(before->st_mode)) {
		refuse_pipe_of_others(*before, path);
		written = as_it_is(place, path);
	} else if (!before || !faccessat(place.folder(), place.name().c_str(), W_OK, AT_EACCESS)) {
		if (before) {
			refuse_inputs(*before, path, inputs);
			refuse_irreplaceable(place, path);
		}
		if (const auto older = status_in(place.folder(), old_name(place.name()));
		    older && former == former_file::gets_old_name)
			refuse_inputs(*older, old_name(path), inputs);
		written = keeper.emplace(std::move(place), path, former).take_file();
	}
	if (!written)
		throw cannot("write " + path);
	opened.reset(fdopen(written.release(), "w"));
}

void result_file::put(std::string_view text)
{
	if (!vmalock::put(stream(), text))
		throw cannot("write " + path);
}

void result_file::keep()
{
	if (std::fflush(stream()))
		throw cannot("write " + path);
	if (keeper)
		keeper->keep();
	else
		fdatasync(fileno(stream()));	// which pipes and devices cannot do
	keeper.reset();
}

} // namespace vmalock
