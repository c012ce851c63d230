// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What functions of the kernel are about, by their names. Names are those of
 * stacks: "function" or "function [module]", innermost first.
 */
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmalock {

/** The kind that page faults have. */
inline constexpr std::string_view page_fault = "page fault";

/** The kind of what calls through the module's helper. */
inline constexpr std::string_view vmalock_helper = "vmalock helper";

/** The kind of a caller whose address has no name, so that it may be any. */
inline constexpr std::string_view unknown_caller = "unknown caller";

/**
 * Is @p frame the function that @p pattern names? A pattern is the name of a function
 * that is in no module, the beginning of many with a * behind it, or a module in []. What
 * compilers put behind a dot, such as .isra.0, does not count.
 */
bool is_function(std::string_view frame, std::string_view pattern);

/** Is it one of those that the patterns name? */
bool is_one_of(std::string_view frame, std::span<const std::string_view> patterns);

/** Is it a function that handles faults on user memory, and nothing else? */
bool handles_user_faults(std::string_view frame);

/** A place in the kernel that takes VMA locks for read, and its kind. */
struct vma_lock_taker {
	std::string_view function;	///< a pattern of is_function()
	std::string_view kind;
};

/** All that take VMA locks in 6.4 to 7.3, those of a kind together. */
std::span<const vma_lock_taker> vma_lock_takers();

/** The kind of the taker that has the function @p frame; empty if none has. */
std::string_view taker_kind(std::string_view frame);

/** The kind of the innermost taker in a stack; empty if there is none. */
std::string_view taker_in(std::span<const std::string> stack);

/**
 * What kind of code called lock_vma_under_rcu(), from the calling function's
 * name. A function that is in no list is its own kind.
 */
std::string_view caller_kind(std::string_view function, std::string_view module);

/** The kinds that caller_kind() has besides functions. */
std::vector<std::string_view> caller_kinds();

/**
 * The part of a stack from the first function that says what the task was doing:
 * without the functions at its top that lock, wake, schedule or trace for others. A
 * stack of nothing else is left as it is.
 */
std::span<const std::string> without_plumbing(std::span<const std::string> stack);

/** The first function of without_plumbing(); empty if the stack is. */
std::string place_in(std::span<const std::string> stack);

} // namespace vmalock
