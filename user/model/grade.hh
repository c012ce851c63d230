// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How sure it is that somebody was in the way. The same three grades everywhere, each
 * given by a rule, and never by elimination: docs/design.md has the table.
 */
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "uapi/aborts.h"
#include "uapi/writers.h"

namespace vmalock {

/**
 * The best first.
 *
 * X(name, what it means)
 */
#define VMALOCK_GRADES(X) \
	X(certain, "cannot be false by the kernel's rules at the moment it was read") \
	X(likely, "agrees with all that was read, but is not the only explanation") \
	X(unknown, "nothing names anybody")

enum class grade {
#define VMALOCK_GRADE(name, meaning) name,
	VMALOCK_GRADES(VMALOCK_GRADE)
#undef VMALOCK_GRADE
};

/** What people and JSON readers see. */
std::string_view key_of(grade grade);
std::optional<grade> grade_with_key(std::string_view key);

/** Of what is known of both together. */
constexpr grade worse(grade a, grade b)
{
	return std::max(a, b);
}

/** That this writer was in the way of an abort with this reason. */
grade grade_of(vmalock_writer_state state, vmalock_abort_reason reason);

} // namespace vmalock
