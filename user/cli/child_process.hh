// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The command that is traced. It is held back until tracing has begun.
 */
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vmalock {

/** A command that cannot be run, with the exit status that shells give it. */
struct command_error {
	int status;		///< 127: not found, 126: not executable
	std::string sentence;
};

class child_process {
public:
	/**
	 * Fork a child that will become the command once start() is called, and
	 * that exits if this process dies before. It is sent SIGTERM if this
	 * object goes before it has ended.
	 * @throw command_error if there is no such command.
	 */
	explicit child_process(std::vector<std::string> words);
	~child_process();

	pid_t pid() const { return child; }

	/**
	 * Let it begin.
	 * @throw command_error if the kernel will not execute it.
	 */
	void start();

	/** Pass on a signal that was sent to this process alone. */
	void signal(int number) const;

	/**
	 * Has it ended? Its exit status as a shell gives it, 128 + N for
	 * signal N, once it has.
	 */
	std::optional<int> poll();

private:
	[[noreturn]] void become(int gate, int report);

	std::vector<std::string> words;
	pid_t child = -1;	///< -1 once it has ended
	int gate = -1;		///< written to: the child goes ahead
	int report = -1;	///< read from: errno, if it could not
};

} // namespace vmalock
