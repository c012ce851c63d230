// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The inside of the process that namer makes.
 */
#pragma once

#include "collect/namer.hh"

namespace vmalock {

/**
 * Answers what comes in by @p messages until its other end is closed, in a child that is
 * made anew when it dies. Gives up all that the process has.
 */
[[noreturn]] void serve_names(int messages, const namer_limits &limits) noexcept;

} // namespace vmalock
