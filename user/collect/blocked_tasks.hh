// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Who waits for whom at this moment, read from the tasks themselves.
 */
#pragma once

#include "model/blocked.hh"

namespace vmalock {

class kallsyms;

/**
 * Look once at all tasks of this PID namespace and below. Takes no lock that a task could
 * hold: nobody waits for this, and it waits for nobody.
 * @param symbols names the functions on their stacks
 * @throw std::runtime_error with one sentence: what this kernel or user lacks.
 */
blocked_look look_at_blocked_tasks(kallsyms &symbols);

} // namespace vmalock
