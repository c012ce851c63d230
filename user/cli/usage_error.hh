// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A command line that cannot be carried out.
 */
#pragma once

#include <stdexcept>

namespace vmalock {

/** In one sentence; the exit status is 2. */
struct usage_error : std::runtime_error {
	using std::runtime_error::runtime_error;
};

} // namespace vmalock
