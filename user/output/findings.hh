// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What `vmalock doctor` shows.
 */
#pragma once

#include <string>
#include <vector>

#include "model/diagnosis.hh"

namespace vmalock {

/** For people: at most 80 columns wide. */
std::string to_text(const std::string &kernel, const std::vector<finding> &findings);

/** One JSON object without the line end. See docs/json.md. */
std::string to_json(const std::string &kernel, const std::vector<finding> &findings);

} // namespace vmalock
