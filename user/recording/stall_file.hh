// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Files of `vmalock watch`, each with what `vmalock now --json` would have printed.
 */
#pragma once

#include <string>

#include "model/wait_chains.hh"

namespace vmalock {

/** Does the file begin as one of these, and not as a recording does? */
bool begins_stall_file(const std::string &path);

/** @throw std::runtime_error naming the file and what is wrong with it. */
stall_report read_stall_file(const std::string &path);

/** @throw std::exception if it is no such object. */
stall_report stalls_from_json(const std::string &text);

} // namespace vmalock
