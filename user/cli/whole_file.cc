// SPDX-License-Identifier: GPL-2.0-only
#include "cli/whole_file.hh"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

#include "output/stream.hh"

namespace vmalock {

namespace {

namespace fs = std::filesystem;

/** Signals arrive when this is destroyed; a file that gets too long is an error like others. */
class signals_held {
public:
	signals_held()
	{
		sigset_t set;

		sigemptyset(&set);
		for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
			sigaddset(&set, number);
		sigprocmask(SIG_BLOCK, &set, &before);
		too_long_before = std::signal(SIGXFSZ, SIG_IGN);
	}
	~signals_held()
	{
		std::signal(SIGXFSZ, too_long_before);
		sigprocmask(SIG_SETMASK, &before, nullptr);
	}

private:
	sigset_t before;
	void (*too_long_before)(int);
};

/** The target of a link, because the link itself must stay. */
fs::path real_path(const std::string &path)
{
	std::error_code error;
	const fs::path result = fs::canonical(path, error);

	return error ? fs::path(path) : result;
}

bool is_no_file(const fs::path &path)
{
	std::error_code error;

	return fs::exists(path, error) && !fs::is_regular_file(path, error);
}

} // namespace

void check_writable(const std::string &path)
{
	const fs::path real = real_path(path), folder = real.has_parent_path() ? real.parent_path() : ".";

	if (fs::is_directory(real)) {
		errno = EISDIR;
		throw cannot("write " + path);
	}
	if (access(is_no_file(real) ? real.c_str() : folder.c_str(), W_OK))
		throw cannot("write " + path);
}

void write_whole(const std::string &path, std::string_view text)
{
	const fs::path real = real_path(path);

	if (is_no_file(real)) {
		const file stream = open_for_writing(path);

		if (!put(stream.get(), text))
			throw cannot("write " + path);
		return;
	}
	const signals_held held;
	const std::string partial = real.string() + ".partial." + std::to_string(getpid());
	const int made = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (made < 0)
		throw cannot("write " + path);
	file stream(fdopen(made, "w"), std::fclose);
	if (!put(stream.get(), text) || std::rename(partial.c_str(), real.c_str())) {
		const int why = errno;

		unlink(partial.c_str());
		errno = why;
		throw cannot("write " + path);
	}
}

} // namespace vmalock
