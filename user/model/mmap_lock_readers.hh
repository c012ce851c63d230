// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What has mmap_lock to read, by the functions on its kernel stack.
 */
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vmalock {

/** Whose mmap_lock a task takes. */
enum class whose_memory {
	own,		///< that of its own process
	any,		///< a pointer to it says whose
	another,	///< a pointer to its own proves nothing
};

struct mmap_lock_reader {
	std::string_view what;		///< in words, empty: none
	whose_memory whose = whose_memory::own;
	bool or_vma_lock = false;	///< newer kernels lock a VMA in its place
};

/**
 * What a sleeping task does in whose course it has mmap_lock to read; none if nothing on
 * the stack takes it, or if it sleeps where it has let go or does not have it yet. A page
 * fault may have a VMA lock in its place: the caller has to know.
 */
mmap_lock_reader mmap_lock_reader_in(std::span<const std::string> stack);

} // namespace vmalock
