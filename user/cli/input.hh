// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A run that was written to a file, to be looked at again.
 */
#pragma once

#include <string>
#include <vector>

#include "model/snapshot.hh"

namespace vmalock {

/**
 * The snapshots of a file that `vmalock record` or `vmalock stat --capture`
 * wrote, at least two, of one run. What is missing of it is said on stderr.
 * @throw std::runtime_error naming the file and what is wrong with it.
 */
std::vector<snapshot> read_input(const std::string &path);

/** Say on stderr what a person should know of what is shown, a line each. */
void put_remarks(const std::vector<std::string> &remarks);

} // namespace vmalock
