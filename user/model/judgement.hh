// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What a thread has to do with the lock of a VMA, judged by where it sleeps. Pure: it
 * was met off the CPU, with a pointer to the VMA on its kernel stack.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vmalock {

/** Return addresses in words, innermost first: "function" or "function [module]". */
using stack_names = std::vector<std::string>;

/** A thread that was met while a writer waited. */
struct met_thread {
	std::uint32_t pid = 0, tid = 0;
	std::string name;
	stack_names stack;
	std::uint64_t address = 0;	///< that it faulted on, 0: in no fault of this VMA
	std::uint64_t last_ns = 0;	///< into the wait: when it was last seen so
	/** Into the wait: when it was first seen asleep, if it was. */
	std::optional<std::uint64_t> slept_ns = {};
};

/** What a thread with a pointer to the VMA has to do with its lock. */
enum class lock_part {
	holds,
	let_go,		///< it held the lock and sleeps without it
	leftover,	///< the pointer is from earlier calls
};

struct judgement {
	lock_part part;
	std::string what;	///< what it does, in words
	bool in_fault = false;	///< of the VMA, by more than the pointer to it
};

/**
 * Judge a thread that was met off the CPU by where it sleeps. A pointer to the VMA can be
 * from an earlier call, and any module can sleep: outside of a fault one can have the lock
 * only if it is one of @p helper_users, the modules that use vmalock's helper.
 */
judgement judge(const met_thread &thread, std::span<const std::string> helper_users = {});

/**
 * Does the stack end in a wait for mmap_lock? Who waits for that holds no VMA lock:
 * mmap_lock comes first in the lock order.
 */
bool waits_for_mmap_lock(const stack_names &stack);

/** What a thread did that let go of a VMA lock, by where it did. */
std::string what_released(const stack_names &stack);

} // namespace vmalock
