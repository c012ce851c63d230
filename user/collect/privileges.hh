// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What this process may do beyond others, and that it soon may no longer.
 * docs/privileges.md says what each capability is needed for.
 */
#pragma once

#include <initializer_list>
#include <string>
#include <sys/capability.h>
#include <vector>

namespace vmalock {

/**
 * Those of @p needed that are not in effect, as CAP_BPF is written. CAP_SYS_ADMIN
 * stands for CAP_BPF and CAP_PERFMON, as it does in the kernel.
 */
std::vector<std::string> missing_capabilities(std::initializer_list<cap_value_t> needed);

/**
 * Give up, for good, all capabilities but @p kept, and gaining any by exec. Of the
 * calling thread and those that it starts from now on, not of children that it has.
 * @throw std::runtime_error if the kernel refuses.
 */
void drop_capabilities_but(const std::vector<cap_value_t> &kept);

} // namespace vmalock
