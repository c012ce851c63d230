// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What depends on the architecture, and is no matter of the kernel's types alone.
 */
#pragma once

namespace vmalock {

class kernel_btf;

/** Is the machine code of the kernel understood, in which misses are found? */
bool reads_machine_code();

/** Do the types show where a task switch leaves the stack pointer? See bpf/architecture.bpf.h. */
bool saves_stack_pointer(const kernel_btf &kernel);

} // namespace vmalock
