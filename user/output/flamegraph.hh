// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Stacks as a picture that a browser can search and zoom.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "output/folded.hh"

namespace vmalock {

/**
 * An SVG document that needs nothing but itself. The same stacks give the same
 * document.
 * @param title is shown above
 * @param unit what the weights are, in the plural
 */
std::string to_svg(const std::vector<folded_stack> &stacks, std::string_view title,
		   std::string_view unit);

} // namespace vmalock
