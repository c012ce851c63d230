// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Is another task asleep, and where it was meant to be?
 */
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

namespace guest {

/** A file of /proc/PID. Allocates nothing. */
template <std::size_t Size> const char *read_proc(pid_t pid, const char *file, char (&text)[Size])
{
	char path[64];
	std::snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t size = read(fd, text, Size - 1);
	close(fd);
	text[size > 0 ? size : 0] = '\0';
	return text;
}

/** How often the task has gone to sleep; nothing if it is not in that state. */
inline std::optional<unsigned long> sleeps(pid_t task, char state)
{
	static constexpr char count[] = "\nvoluntary_ctxt_switches:\t";
	const char wanted[] = { '\n', 'S', 't', 'a', 't', 'e', ':', '\t', state, '\0' };
	char text[4096];
	const char *line = std::strstr(read_proc(task, "status", text), count);

	if (!line || !std::strstr(text, wanted))
		return std::nullopt;
	return std::strtoul(line + std::strlen(count), nullptr, 10);
}

/**
 * In a sleep that lasts, and of this kind; D is one that signals do not end, or
 * only fatal ones. A fault on the way or, on PREEMPT_RT, a spinlock puts a task
 * there for a moment.
 */
inline bool asleep(pid_t task, char state = 'D')
{
	const std::optional<unsigned long> before = sleeps(task, state);

	if (!before)
		return false;
	usleep(10000);
	return sleeps(task, state) == before;
}

} // namespace guest
