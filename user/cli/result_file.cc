// SPDX-License-Identifier: GPL-2.0-only
#include "cli/result_file.hh"

#include <cerrno>
#include <fcntl.h>
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

/** A device, or the like: nothing is made or emptied. */
descriptor as_it_is(const file_place &place)
{
	descriptor result(openat(place.folder(), place.name().c_str(),
				 O_WRONLY | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
	struct stat status;

	// The folder can be somebody else's, who puts another file there meanwhile.
	if (result && (fstat(result.get(), &status) || S_ISREG(status.st_mode))) {
		errno = EEXIST;
		return descriptor();
	}
	return result;
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
		written = as_it_is(place);
	} else if (!before || !faccessat(place.folder(), place.name().c_str(), W_OK, AT_EACCESS)) {
		if (before)
			refuse_inputs(*before, path, inputs);
		// An empty file is nothing to lose.
		if (!before || !before->st_size)
			former = former_file::is_replaced;
		else if (const auto older = status_in(place.folder(), old_name(place.name()));
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
	keeper.reset();
}

} // namespace vmalock
