// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What depends on the architecture, and is no matter of the kernel's types alone.
 */
#pragma once

#include <cstdint>

namespace vmalock {

class kernel_btf;

/** Is the machine code of the kernel understood, in which misses are found? */
bool reads_machine_code();

/** As a filter of system calls sees it; 0 if none is written for it. */
std::uint32_t audit_architecture();

/** Do the types show where a task switch leaves the stack pointer? See bpf/architecture.bpf.h. */
bool saves_stack_pointer(const kernel_btf &kernel);

} // namespace vmalock
