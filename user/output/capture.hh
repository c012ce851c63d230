// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Snapshots as they were taken, one JSON object a line: what a test or a bug
 * report needs to see a run again.
 */
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "model/snapshot.hh"

namespace vmalock {

/** One line of a capture, without the line end. */
std::string to_capture(const snapshot &snapshot);

/**
 * Read a capture back.
 * @throw std::runtime_error naming the line that is not one of to_capture().
 */
std::vector<snapshot> read_capture(std::istream &stream);

} // namespace vmalock
