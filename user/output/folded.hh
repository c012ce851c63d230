// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Stacks with weights, as flame graphs are made of.
 */
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmalock {

/** A stack, root first, and what it weighs. */
struct folded_stack {
	std::vector<std::string> frames;
	std::uint64_t weight = 0;
};

/** Without a semicolon, a control character or a byte beyond ASCII. */
std::string folded_frame(std::string_view name);

/**
 * Adds the functions of the kernel from the outermost to the first that says what the task
 * was doing. They end with _[k].
 * @param functions innermost first
 */
void add_kernel_frames(std::vector<std::string> &frames, std::span<const std::string> functions);

/** A line a stack, as flamegraph.pl and its like read it. */
std::string to_text(const std::vector<folded_stack> &stacks);

} // namespace vmalock
