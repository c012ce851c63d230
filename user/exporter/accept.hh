// SPDX-License-Identifier: GPL-2.0-only
/** @file What a client would like to get. Pure. */
#pragma once

#include <string>

namespace vmalock {

/**
 * Whether who sends this Accept header names OpenMetrics 1.0.0, and likes the text
 * format 0.0.4 no better. What cannot be read is not wished for: any text is an
 * Accept header, and the text format is what all understand.
 */
bool prefers_openmetrics(std::string accept);

} // namespace vmalock
