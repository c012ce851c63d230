// SPDX-License-Identifier: GPL-2.0-only
#include "cli/file_place.hh"

#include <cerrno>
#include <climits>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <linux/magic.h>
#include <stdexcept>
#include <sys/vfs.h>

#include "output/stream.hh"
#include "output/table.hh"

namespace vmalock {

namespace {

/** As many as the kernel follows. */
constexpr unsigned most_links = 40;

using parts = std::deque<std::string>;

parts parts_of(const std::filesystem::path &path)
{
	parts result;

	// What ends with a slash has an empty last part, and is a folder.
	for (const auto &part : path.relative_path())
		result.push_back(part.empty() ? "." : part.string());
	return result;
}

/** Where a path begins. */
descriptor beginning_of(const std::string &path)
{
	return descriptor(open(path.starts_with('/') ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

bool is_proc(int folder)
{
	struct statfs status;

	return !fstatfs(folder, &status) && status.f_type == PROC_SUPER_MAGIC;
}

std::string target_of(const descriptor &link)
{
	char target[PATH_MAX];
	const ssize_t length = readlinkat(link.get(), "", target, sizeof(target));

	return {target, static_cast<std::size_t>(length < 0 ? 0 : length)};
}

} // namespace

std::optional<struct stat> status_in(int folder, const std::string &name)
{
	struct stat result;

	if (fstatat(folder, name.c_str(), &result, AT_SYMLINK_NOFOLLOW))
		return std::nullopt;
	return result;
}

file_place::file_place(const std::string &path)
{
	unsigned links = 0;
	parts rest = parts_of(path);
	descriptor at = beginning_of(path);

	// Each part is opened and then looked at: its name can be another file's meanwhile.
	while (at && !rest.empty()) {
		const std::string part = std::move(rest.front());
		descriptor next(openat(at.get(), part.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
		struct stat status = {};

		rest.pop_front();
		if (next ? fstat(next.get(), &status) : errno != ENOENT || !rest.empty())
			throw cannot("write " + path);
		if (!S_ISLNK(status.st_mode)) {
			if (rest.empty()) {
				in = std::move(at);
				last = part;
				return;
			}
			at = descriptor(openat(next.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
		} else if (is_proc(at.get())) {
			if (rest.empty())
				return;
			at = descriptor(openat(at.get(), part.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
		} else {
			const std::string target = target_of(next);
			const parts more = parts_of(target);

			if (status.st_uid != 0 && status.st_uid != geteuid())
				throw std::runtime_error(fmt::format("cannot write {}: {} is a link of user {}, who could "
								     "lead us anywhere: give the path behind it",
								     path, printable(part, 64), status.st_uid));
			if (++links > most_links) {
				errno = ELOOP;
				throw cannot("write " + path);
			}
			if (target.starts_with('/'))
				at = beginning_of(target);
			rest.insert(rest.begin(), more.begin(), more.end());
		}
	}
	if (at && rest.empty())
		errno = path.empty() ? ENOENT : EISDIR;
	throw cannot("write " + path);
}

} // namespace vmalock
