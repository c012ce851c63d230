// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the ids are that a user gives. The kernel is asked, in the PID namespace of this
 * process: /proc can be another one's.
 */
#pragma once

#include <string>

namespace vmalock {

enum class task_id {
	of_none,
	of_process,
	of_thread,
};

/** A process's id is that of its first thread, too. @param id digits */
task_id kind_of(const std::string &id);

/** A comma and the process's id, to follow a sentence; empty if /proc has other ids. */
std::string process_of_thread(const std::string &tid);

} // namespace vmalock
