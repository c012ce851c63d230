// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What this machine offers to a trace.
 */
#pragma once

#include "model/diagnosis.hh"

namespace vmalock {

/**
 * Look at the running kernel and at what this process may do, and try: load and
 * attach the programs, for this process alone, and detach them.
 */
machine_facts examine_machine();

} // namespace vmalock
