// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the words of an mmap_lock can mean. Pure.
 *
 * mmap_lock is a struct rw_semaphore, of which there are two kinds. Without PREEMPT_RT
 * (kernel/locking/rwsem.c, the same from 6.4 to 7.3) it has a `count` and an `owner`,
 * written one after the other:
 *
 *	down_write	count gets RWSEM_WRITER_LOCKED, then owner the task
 *	up_write	owner is cleared, then count
 *	down_read	count is raised, then owner gets the task and RWSEM_READER_OWNED
 *	up_read		count is lowered; owner stays, whoever else still reads
 *	downgrade_write	count goes from the writer to a reader, then owner
 *
 * So some pairs exist only between two steps, and others never. A reader raises the
 * count before it checks whether it may have the lock, and lowers it again if it may not:
 * "Having some reader bits set is not enough to guarantee a readers owned lock".
 *
 * With PREEMPT_RT (kernel/locking/rwbase_rt.c) it has `rwbase.readers` and an rtmutex. A
 * reader raises the former only as it gets the lock. A writer takes the rtmutex, takes
 * READER_BIAS off, waits until no reader is left, and then sets WRITER_BIAS; a queued
 * reader has the rtmutex for a moment too.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace vmalock {

enum class mmap_lock_state {
	unlocked,
	read_locked,
	read_begins,		///< count raised, owner not yet written
	downgraded,		///< a writer's count is a reader's by now, its owner not yet
	write_locked,
	write_begins,		///< count set, owner not yet written
	write_ends,		///< owner cleared, count not yet
	write_waiting,		///< RT: a writer waits for readers
	write_excluded,		///< RT: no reader left, the writer has it next
	write_given_up,		///< RT: a writer that did not get it lets readers in again
	miscounted,		///< more readers than there can be, or fewer than none
	corrupt,		///< no value that the kernel writes
	nr,
};

enum class owner_word {
	none,			///< names no task
	reader,			///< the last that got the lock to read
	writer,
	task,			///< RT: has the rtmutex
	corrupt,		///< no value that the kernel writes
	nr,
};

/** One way to read the words. */
struct mmap_lock_reading {
	mmap_lock_state state;
	std::uint64_t references = 0;	///< by how much readers have raised the count
	std::uint64_t readers_max = 0;	///< how many of them may have the lock

	bool operator==(const mmap_lock_reading &) const = default;
};

/** What owner says by itself. */
struct lock_owner {
	std::uint64_t value = 0;
	owner_word kind = owner_word::none;
	std::uint64_t task = 0;		///< address of a task_struct, or 0
	bool flag = false;		///< RWSEM_NONSPINNABLE, or RT_MUTEX_HAS_WAITERS
};

/** All that is known of an mmap_lock. The readings are those that nothing rules out, never none. */
struct mmap_lock_words {
	bool rt = false;
	std::uint64_t value = 0;	///< count, or rwbase.readers
	std::optional<lock_owner> owner;
	std::vector<mmap_lock_reading> readings;
	/** Value and owner never go together, or owner is corrupt: the readings are of the value alone. */
	bool contradiction = false;
	bool waiters = false, handoff = false;	///< not RT: flags of count
};

/** Whether they are of a count that the lock can have. */
bool is_valid(const std::vector<mmap_lock_reading> &readings);

mmap_lock_words decode_mmap_lock(std::uint64_t count, std::optional<std::uint64_t> owner);

mmap_lock_words decode_rt_mmap_lock(std::uint32_t readers, std::optional<std::uint64_t> owner);

} // namespace vmalock
