// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Locks beside mmap_lock and those of VMAs that a task sleeps on, and who has them.
 */
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/blocked.hh"

namespace vmalock {

/** "a mutex", or "the mutex NAME"; empty if @p lock is none. */
std::string words_of(const awaited_lock &lock);

/** So many are followed. */
constexpr std::size_t most_lock_owners = 16;

/**
 * Who has the lock that @p task sleeps on, who has the one that this sleeps on, and so on.
 * Ends before a task that comes a second time, @p task included.
 */
std::vector<const blocked_task *> lock_owners_of(const blocked_look &look, const blocked_task &task);

} // namespace vmalock
