// SPDX-License-Identifier: GPL-2.0-only
#include "cli/shell_command.hh"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "output/stream.hh"

namespace vmalock {

namespace {

/** That of the tool, with one variable set. */
class environment {
public:
	environment(const std::string &name, const std::string &value) : variable(name + "=" + value)
	{
		for (char **at = environ; *at; at++)
			if (!std::string_view(*at).starts_with(name + "="))
				pointers.push_back(*at);
		pointers.push_back(variable.data());
		pointers.push_back(nullptr);
	}

	char *const *get() const { return pointers.data(); }

private:
	std::string variable;
	std::vector<char *> pointers;
};

/** Signals as a program expects them, and an empty standard input. */
class fresh_start {
public:
	fresh_start()
	{
		sigset_t none, all;

		sigemptyset(&none);
		sigfillset(&all);
		posix_spawnattr_init(&attributes);
		posix_spawnattr_setsigmask(&attributes, &none);
		posix_spawnattr_setsigdefault(&attributes, &all);
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	}
	~fresh_start()
	{
		posix_spawn_file_actions_destroy(&actions);
		posix_spawnattr_destroy(&attributes);
	}

	posix_spawnattr_t attributes;
	posix_spawn_file_actions_t actions;
};

} // namespace

void shell_command::start(const std::string &name, const std::string &value)
{
	char shell[] = "sh", option[] = "-c";
	char *const words[] = {shell, option, text.data(), nullptr};
	const environment environment(name, value);
	const fresh_start fresh;

	errno = posix_spawn(&child, "/bin/sh", &fresh.actions, &fresh.attributes, words, environment.get());
	if (errno) {
		child = -1;
		throw cannot("run /bin/sh");
	}
}

std::optional<int> shell_command::poll()
{
	int status;

	if (!runs() || waitpid(child, &status, WNOHANG) != child)
		return std::nullopt;
	child = -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace vmalock
