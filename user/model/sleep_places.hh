// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Why a task sleeps, by the functions on its kernel stack.
 */
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vmalock {

struct sleep_place {
	std::string_view what;		///< in words, empty if it is not known
	std::string_view what_to_do;	///< a sentence, empty if there is nothing to advise
};

/** sleep_place::what of those that wait for the server of a FUSE file system. */
constexpr std::string_view in_fuse = "FUSE";

/** Of a stack in names, innermost first. The most telling place that is in it. */
sleep_place sleep_place_in(std::span<const std::string> stack);

} // namespace vmalock
