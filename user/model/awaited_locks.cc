// SPDX-License-Identifier: GPL-2.0-only
#include "model/awaited_locks.hh"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace vmalock {

namespace {

struct kind_words {
	std::string_view noun, purpose;
};

kind_words words_of(vmalock_lock_kind kind)
{
	switch (kind) {
	case VMALOCK_LOCK_MUTEX: return {"mutex", ""};
	case VMALOCK_LOCK_SEMAPHORE: return {"semaphore", ""};
	case VMALOCK_LOCK_RWSEM_READ: return {"rwsem", ", to read"};
	case VMALOCK_LOCK_RWSEM_WRITE: return {"rwsem", ", to write"};
	case VMALOCK_LOCK_NONE: break;
	}
	return {};
}

/** It had the lock when it was met itself. */
bool is_owner(const blocked_task &task, const awaited_lock &lock)
{
	return task.tid == lock.owner_tid &&
	       std::ranges::find(task.owns_locks, lock.lock) != task.owns_locks.end();
}

const blocked_task *owner_in(const blocked_look &look, const awaited_lock &lock)
{
	if (!lock.owner_tid)
		return nullptr;
	for (const auto *list : {&look.tasks, &look.lock_owners})
		for (const blocked_task &task : *list)
			if (is_owner(task, lock))
				return &task;
	return nullptr;
}

} // namespace

std::string words_of(const awaited_lock &lock)
{
	const auto [noun, purpose] = words_of(lock.kind);

	if (noun.empty())
		return {};
	if (!lock.name.empty())
		return fmt::format("the {} {}{}", noun, lock.name, purpose);
	return fmt::format("{} {}{}", noun == "rwsem" ? "an" : "a", noun, purpose);
}

std::vector<const blocked_task *> lock_owners_of(const blocked_look &look, const blocked_task &task)
{
	std::vector<const blocked_task *> result;

	for (const blocked_task *at = owner_in(look, task.sleeps_on); at; at = owner_in(look, at->sleeps_on)) {
		auto is_it = [&](const blocked_task *other) { return other->tid == at->tid; };

		if (at->tid == task.tid || std::ranges::any_of(result, is_it) || result.size() == most_lock_owners)
			break;
		result.push_back(at);
	}
	return result;
}

} // namespace vmalock
