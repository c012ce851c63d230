// SPDX-License-Identifier: GPL-2.0-only
#include "cli/child_process.hh"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace vmalock {

namespace {

/** Before anything is loaded: is there something to execute at all? */
void check_exists(const std::string &name)
{
	if (name.find('/') != std::string::npos) {
		if (!std::filesystem::exists(name))
			throw command_error{127, "there is no command " + name};
		if (access(name.c_str(), X_OK) || std::filesystem::is_directory(name))
			throw command_error{126, name + " cannot be executed: check its mode"};
		return;
	}

	const char *path = std::getenv("PATH");
	std::istringstream folders(path ? path : "/usr/bin:/bin");
	for (std::string folder; std::getline(folders, folder, ':');)
		if (!access((folder + "/" + name).c_str(), X_OK))
			return;
	throw command_error{127, "there is no command '" + name + "' in PATH"};
}

void make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC))
		throw std::runtime_error(std::string("cannot make a pipe: ") + std::strerror(errno));
}

} // namespace

child_process::child_process(std::vector<std::string> words) : words(std::move(words))
{
	int gate_ends[2], report_ends[2];

	check_exists(this->words[0]);
	make_pipe(gate_ends);
	make_pipe(report_ends);
	child = fork();
	if (child < 0)
		throw std::runtime_error(std::string("cannot fork: ") + std::strerror(errno));
	if (child == 0) {
		close(gate_ends[1]);
		become(gate_ends[0], report_ends[1]);
	}
	close(gate_ends[0]);
	close(report_ends[1]);
	gate = gate_ends[1];
	report = report_ends[0];
}

child_process::~child_process()
{
	// Closing an unused gate ends a child that was never started. One that
	// was, in a run that cannot go on, is not left behind uncounted.
	if (child > 0)
		kill(child, SIGTERM);
	close(gate);
	close(report);
}

void child_process::become(int gate, int report)
{
	std::vector<char *> arguments;
	sigset_t none;
	char go;

	for (std::string &word : words)
		arguments.push_back(word.data());
	arguments.push_back(nullptr);
	if (read(gate, &go, 1) != 1)
		_exit(125);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, nullptr);
	std::signal(SIGXFSZ, SIG_DFL);
	execvp(arguments[0], arguments.data());
	int error = errno;
	(void)!write(report, &error, sizeof(error));
	_exit(126);
}

void child_process::start()
{
	int error;

	(void)!write(gate, "", 1);
	// The pipe closes by itself when the child has become the command.
	if (read(report, &error, sizeof(error)) == sizeof(error))
		throw command_error{126, words[0] + " cannot be executed: " + std::strerror(error)};
}

void child_process::signal(int number) const
{
	kill(child, number);
}

std::optional<int> child_process::poll()
{
	int status;

	if (child < 0 || waitpid(child, &status, WNOHANG) != child)
		return std::nullopt;
	child = -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace vmalock
