// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Who is to answer a task that sleeps in a FUSE file system.
 */
#pragma once

#include <string>

#include "model/blocked.hh"

namespace vmalock {

struct sleep_reason {
	std::string why;		///< in words
	std::string what_to_do;		///< a sentence, or more
};

/**
 * Names the process that has the device of the connection open, if it is the only one: likely,
 * since a file can be used without being open in a process (io_uring). None is named if several
 * have, if not all processes were seen, if the task has VMAs of several connections at hand, or
 * if there was no room for all that it has.
 * @param task sleeps in FUSE and keeps others waiting for a lock of @p mm
 */
sleep_reason why_fuse_sleeps(const blocked_look &look, const blocked_task &task, kernel_object mm);

} // namespace vmalock
