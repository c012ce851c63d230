// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Snapshots as they were taken, one JSON object a line: what a test or a bug
 * report needs to see a run again.
 */
#pragma once

#include <istream>
#include <set>
#include <string>
#include <vector>

#include "model/snapshot.hh"

namespace vmalock {

/** One line of a capture, without the line end. */
std::string to_capture(const snapshot &snapshot);

/**
 * Read a capture back, also of older versions; of a newer one as much as has a name here.
 * @throw std::runtime_error naming the line that is not one of to_capture().
 */
std::vector<snapshot> read_capture(std::istream &stream);

/** A sentence about a file of that name, of which snapshot::unknown was not empty. */
std::string remark_on_unknown(const std::string &name, const std::set<std::string> &unknown);

} // namespace vmalock
