// SPDX-License-Identifier: GPL-2.0-only
#include "collect/process_files.hh"

#include <algorithm>
#include <climits>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sstream>
#include <sys/syscall.h>
#include <unistd.h>

namespace vmalock {

namespace {

/** In the kernel's ticks since boot, the unit of /proc/PID/stat; zero if it cannot be read. */
std::uint64_t start_of(const std::string &stat)
{
	constexpr int field = 22, first_behind_name = 3;
	std::istringstream fields(stat.substr(std::min(stat.rfind(')'), stat.size() - 1) + 1));
	std::string word;

	for (int i = first_behind_name; i < field; i++)
		fields >> word;
	std::uint64_t result = 0;
	fields >> result;
	return result;
}

std::uint64_t ticks_of(std::uint64_t ns)
{
	return ns / (1'000'000'000 / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK)));
}

} // namespace

std::optional<process_files> process_files::of(process_id id)
{
	const std::string path = fmt::format("/proc/{}", id.pid);
	process_files result(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));

	if (!result.folder)
		return std::nullopt;
	const std::uint64_t start = start_of(result.read("stat"));
	if (!start || (id.start_ns && ticks_of(id.start_ns) != start))
		return std::nullopt;
	return result;
}

std::optional<struct stat> process_files::program() const
{
	struct stat result;

	if (fstatat(folder.get(), "exe", &result, 0))
		return std::nullopt;
	return result;
}

std::string process_files::read(const char *name) const
{
	descriptor file(openat(folder.get(), name, O_RDONLY | O_CLOEXEC));
	std::string result;
	char piece[16384];

	while (file) {
		ssize_t length = ::read(file.get(), piece, sizeof(piece));

		if (length <= 0)
			break;
		result.append(piece, static_cast<std::size_t>(length));
	}
	return result;
}

/** As paths in maps begin, which are not those below the root of a process that has another one than we. */
std::string process_files::root() const
{
	char path[PATH_MAX];
	const ssize_t length = readlinkat(folder.get(), "root", path, sizeof(path));
	std::string result(path, static_cast<std::size_t>(std::max<ssize_t>(length, 0)));

	return result == "/" ? "" : result;
}

std::vector<mapped_range> process_files::maps() const
{
	const std::string above = root();
	std::vector<mapped_range> result;
	std::istringstream lines(read("maps"));

	for (std::string line; std::getline(lines, line);) {
		mapped_range range;
		unsigned long long start, end, offset, inode;
		char protection[5];
		int path = 0;

		if (std::sscanf(line.c_str(), "%llx-%llx %4s %llx %*x:%*x %llu %n", &start, &end, protection,
				&offset, &inode, &path) < 5 || !path)
			continue;
		range.start = start;
		range.end = end;
		range.executable = protection[2] == 'x';
		range.file_offset = offset;
		range.inode = inode;
		range.path = line.substr(static_cast<std::size_t>(path));
		if (range.path.starts_with(above + '/'))
			range.path.erase(0, above.size());
		result.push_back(std::move(range));
	}
	return result;
}

descriptor process_files::open_in_root(const std::string &path) const
{
	descriptor root(openat(folder.get(), "root", O_PATH | O_DIRECTORY | O_CLOEXEC));
	// The process chooses what its links point to: they are not to lead out of its root.
	open_how how{.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, .mode = 0,
		     .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	struct stat found;

	if (!root)
		return root;
	descriptor result(static_cast<int>(syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof(how))));
	if (result && (fstat(result.get(), &found) || !S_ISREG(found.st_mode)))
		return descriptor();
	return result;
}

descriptor process_files::open(const mapped_range &range) const
{
	struct stat found;

	if (descriptor file = open_in_root(range.path);
	    file && !fstat(file.get(), &found) && found.st_ino == range.inode)
		return file;
	// Needs CAP_CHECKPOINT_RESTORE, and mmap_lock on any kernel.
	const std::string link = fmt::format("map_files/{:x}-{:x}", range.start, range.end);
	if (fstatat(folder.get(), link.c_str(), &found, 0) || !S_ISREG(found.st_mode))
		return descriptor();
	return descriptor(openat(folder.get(), link.c_str(), O_RDONLY | O_CLOEXEC));
}

descriptor process_files::open_own(const std::string &path) const
{
	descriptor result = open_in_root(path);
	struct stat found, process;

	if (!result || fstat(result.get(), &found) || fstat(folder.get(), &process) ||
	    (found.st_uid && found.st_uid != process.st_uid))
		return descriptor();
	return result;
}

std::uint32_t process_files::own_pid() const
{
	std::istringstream lines(read("status"));
	std::string line;

	while (std::getline(lines, line))
		if (line.starts_with("NSpid:"))
			return static_cast<std::uint32_t>(std::stoul(line.substr(line.find_last_of(" \t") + 1)));
	return 0;
}

} // namespace vmalock
