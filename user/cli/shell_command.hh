// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A command that is run now and then, beside the tool's own work.
 */
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

namespace vmalock {

class shell_command {
public:
	/** @param text for /bin/sh */
	explicit shell_command(std::string text) : text(std::move(text)) {}

	bool runs() const { return child > 0; }

	/**
	 * Run it, with the variable @p name in its environment and nothing on its standard
	 * input. Does not wait for it.
	 * @throw std::runtime_error if there is no shell.
	 */
	void start(const std::string &name, const std::string &value);

	/** Its exit status once it has ended, as a shell gives it. */
	std::optional<int> poll();

private:
	std::string text;
	pid_t child = -1;	///< -1 once it has ended
};

} // namespace vmalock
