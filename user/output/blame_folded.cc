// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>
#include <ranges>

#include "output/blame.hh"
#include "output/user_frames.hh"

namespace vmalock {

namespace {

std::uint64_t weight_of(const auto &counted, blame_weight weight)
{
	constexpr std::uint64_t ns_of_us = 1000;

	return weight == blame_weight::count ? counted.count : counted.ns / ns_of_us;
}

folded_stack fold(const culprit_stack &stack, std::string_view direction, blame_weight weight)
{
	folded_stack result = {{std::string(direction), folded_frame(stack.name)}, weight_of(stack, weight)};

	if (!stack.doing.empty())
		result.frames.push_back(folded_frame(stack.doing));
	if (stack.user_frames.empty())
		for (std::uint64_t address : stack.user | std::views::reverse)
			result.frames.push_back(fmt::format("{:#x}", address));
	for (const user_frame &frame : stack.user_frames | std::views::reverse)
		result.frames.push_back(folded_frame(name_of(frame)));
	add_kernel_frames(result.frames, stack.kernel);
	return result;
}

void fold(std::vector<folded_stack> &all, const stalls &stalls, std::string_view direction,
	  blame_weight weight)
{
	for (const culprit_stack &stack : stalls.stacks)
		all.push_back(fold(stack, direction, weight));
	// Nobody knows how long these were in the way.
	if (weight == blame_weight::count)
		all.push_back({{std::string(direction), "[unknown]"}, stalls.unknown});
}

} // namespace

std::vector<folded_stack> fold(const blame_report &report, blame_weight weight)
{
	std::vector<folded_stack> result;

	// A refused lock loses time where its victim then waits, which is for mmap_lock.
	if (report.writers && weight == blame_weight::count)
		fold(result, *report.writers, "writers", weight);
	if (report.readers)
		fold(result, *report.readers, "readers", weight);
	if (report.mmap_lock)
		fold(result, *report.mmap_lock, "mmap_lock", weight);
	std::erase_if(result, [](const folded_stack &stack) { return !stack.weight; });
	return result;
}

} // namespace vmalock
