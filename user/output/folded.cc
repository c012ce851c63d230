// SPDX-License-Identifier: GPL-2.0-only
#include "output/folded.hh"

#include <algorithm>
#include <fmt/ranges.h>
#include <ranges>

#include "model/kernel_functions.hh"
#include "output/table.hh"

namespace vmalock {

std::string folded_frame(std::string_view name)
{
	std::string result = printable(name, name.npos);

	std::ranges::replace(result, ';', ':');
	return result;
}

void add_kernel_frames(std::vector<std::string> &frames, std::span<const std::string> functions)
{
	for (const std::string &function : without_plumbing(functions) | std::views::reverse)
		frames.push_back(folded_frame(function) + "_[k]");
}

std::string to_text(const std::vector<folded_stack> &stacks)
{
	std::string result;

	for (const folded_stack &stack : stacks)
		result += fmt::format("{} {}\n", fmt::join(stack.frames, ";"), stack.weight);
	return result;
}

} // namespace vmalock
