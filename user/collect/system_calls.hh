// SPDX-License-Identifier: GPL-2.0-only
/** @file Names of system calls. */
#pragma once

#include <cstdint>
#include <string>

namespace vmalock {

/** The name of a struct vmalock_writer's system call, empty if it was in none. */
std::string name_of_system_call(std::uint32_t number);

} // namespace vmalock
