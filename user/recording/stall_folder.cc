// SPDX-License-Identifier: GPL-2.0-only
#include "recording/stall_folder.hh"

#include <cerrno>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "output/stream.hh"
#include "recording/stall_names.hh"

namespace vmalock {

namespace {

/** Others may write into the folder too: so many of their names in the way are passed over. */
constexpr int most_attempts = 1000;

using folder = std::unique_ptr<DIR, int (*)(DIR *)>;

folder open_folder(const std::string &path)
{
	folder result(opendir(path.c_str()), closedir);

	if (!result)
		throw cannot("open the folder " + path);
	return result;
}

/** A regular file of this user, not a link to one. */
bool is_ours(const folder &folder, const char *name)
{
	struct stat status;

	return !fstatat(dirfd(folder.get()), name, &status, AT_SYMLINK_NOFOLLOW) && S_ISREG(status.st_mode) &&
	       status.st_uid == geteuid();
}

/** The names of our files. */
std::vector<std::string> names_in(const folder &folder)
{
	std::vector<std::string> result;

	while (const dirent *entry = readdir(folder.get()))
		if (number_in(entry->d_name) && is_ours(folder, entry->d_name))
			result.emplace_back(entry->d_name);
	return result;
}

std::uint64_t next_number(const folder &folder)
{
	std::uint64_t result = 1;

	for (const std::string &name : names_in(folder))
		result = std::max(result, *number_in(name) + 1);
	return result;
}

/** A file that has no name yet: if we are killed, it is gone. */
file without_name(const folder &folder, const std::string &path)
{
	const int made = openat(dirfd(folder.get()), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	if (made < 0)
		throw cannot("make a file in " + path);
	return {fdopen(made, "w"), std::fclose};
}

/** Give the file the first free name. */
std::string link_in(const folder &folder, const file &file, const std::string &path)
{
	const std::string source = "/proc/self/fd/" + std::to_string(fileno(file.get()));
	std::uint64_t number = next_number(folder);

	for (int attempt = 0; attempt < most_attempts; attempt++) {
		const std::string name = stall_name(number++, std::time(nullptr));

		if (!linkat(AT_FDCWD, source.c_str(), dirfd(folder.get()), name.c_str(), AT_SYMLINK_FOLLOW))
			return path + "/" + name;
		if (errno != EEXIST)
			break;
	}
	throw cannot("name a file in " + path);
}

} // namespace

stall_folder::stall_folder(std::string path, std::size_t keep) : path(std::move(path)), keep(keep)
{
	if (mkdir(this->path.c_str(), 0700) && errno != EEXIST)
		throw cannot("make the folder " + this->path);
	open_folder(this->path);
	if (access(this->path.c_str(), W_OK | X_OK))
		throw cannot("write into the folder " + this->path);
}

std::string stall_folder::add(std::string_view text) const
{
	const folder folder = open_folder(path);
	const file file = without_name(folder, path);

	if (!put(file.get(), text) || fsync(fileno(file.get())))
		throw cannot("write into " + path);
	std::string result = link_in(folder, file, path);
	fsync(dirfd(folder.get()));
	return result;
}

void stall_folder::delete_oldest() const
{
	const folder folder = open_folder(path);

	for (const std::string &name : names_beyond(names_in(folder), keep))
		if (unlinkat(dirfd(folder.get()), name.c_str(), 0))
			throw cannot("delete " + path + "/" + name);
}

} // namespace vmalock
