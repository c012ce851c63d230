// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How much the kernel keeps even from root.
 */
#pragma once

#include <string>

namespace vmalock {

/** As /sys/kernel/security/lockdown says: none, integrity or confidentiality; else empty. */
std::string lockdown_level();

} // namespace vmalock
