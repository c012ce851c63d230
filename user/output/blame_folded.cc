// SPDX-License-Identifier: GPL-2.0-only
#include <algorithm>
#include <ranges>

#include "model/kernel_functions.hh"
#include "output/blame.hh"
#include "output/table.hh"
#include "output/user_frames.hh"

namespace vmalock {

namespace {

std::string frame_of(std::string_view name)
{
	std::string result = printable(name, name.npos);

	std::ranges::replace(result, ';', ':');
	return result;
}

std::uint64_t weight_of(const auto &counted, blame_weight weight)
{
	constexpr std::uint64_t ns_of_us = 1000;

	return weight == blame_weight::count ? counted.count : counted.ns / ns_of_us;
}

folded_stack fold(const culprit_stack &stack, std::string_view direction, blame_weight weight)
{
	folded_stack result = {{std::string(direction), frame_of(stack.name)}, weight_of(stack, weight)};

	if (!stack.doing.empty())
		result.frames.push_back(frame_of(stack.doing));
	if (stack.user_frames.empty())
		for (std::uint64_t address : stack.user | std::views::reverse)
			result.frames.push_back(fmt::format("{:#x}", address));
	for (const user_frame &frame : stack.user_frames | std::views::reverse)
		result.frames.push_back(frame_of(name_of(frame)));
	for (const std::string &function : without_plumbing(stack.kernel) | std::views::reverse)
		result.frames.push_back(frame_of(function) + "_[k]");
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

std::string to_text(const std::vector<folded_stack> &stacks)
{
	std::string result;

	for (const folded_stack &stack : stacks)
		result += fmt::format("{} {}\n", fmt::join(stack.frames, ";"), stack.weight);
	return result;
}

} // namespace vmalock
