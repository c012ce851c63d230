// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A run that was written to a file.
 */
#pragma once

#include <string>
#include <vector>

#include "model/snapshot.hh"

namespace vmalock {

/**
 * The snapshots of a file that `vmalock record` or `vmalock stat --capture`
 * wrote, at least two, of one run. Missing parts are reported on stderr.
 * @throw std::runtime_error naming the file and what is wrong with it.
 */
std::vector<snapshot> read_input(const std::string &path);

/** Print what a reader of the results should know to stderr, one remark per line. */
void put_remarks(const std::vector<std::string> &remarks);

} // namespace vmalock
