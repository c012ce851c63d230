// SPDX-License-Identifier: GPL-2.0-only
#include "output/losses.hh"

#include <nlohmann/json.hpp>

#include "model/report.hh"
#include "model/words.hh"

namespace vmalock {

using nlohmann::ordered_json;

std::vector<std::string> in_words(const loss_counts &losses, int width)
{
	std::vector<std::string> result;

	for (std::size_t cause = 0; cause < losses.maps.size(); cause++)
		if (std::uint64_t count = losses.maps[cause])
			result.push_back(fmt::format("{:>{}} {}", grouped(count), width,
						     word_for(static_cast<vmalock_loss>(cause))));
	if (losses.unknown)
		result.push_back(fmt::format("{:>{}} for a cause that this version does not know",
					     grouped(losses.unknown), width));
	for (const auto &[program, count] : losses.skipped)
		if (count)
			result.push_back(fmt::format("{:>{}} calls of {} (program busy)",
						     grouped(count), width, printable(program, 64)));
	return result;
}

void add_losses(buffer &out, const loss_counts &losses)
{
	const std::vector<std::string> lost = in_words(losses, 17);

	line(out, "{}", lost.empty() ? "Lost: nothing." : "Lost, and missing above:");
	for (const std::string &words : lost)
		line(out, "  {}", words);
}

void add_not_visible(buffer &out, const std::vector<std::string> &not_visible)
{
	for (const std::string &event : not_visible)
		line(out, "Not visible here: {}.", event);
}

void add_missing(buffer &out, const loss_counts &losses, bool could_be_exact,
		 const std::vector<std::string> &not_visible)
{
	line(out, "");
	add_losses(out, losses);
	if (any_skipped(losses) && could_be_exact)
		line(out, "  --exact loses none, at a higher cost.");
	add_not_visible(out, not_visible);
}

ordered_json to_json(const loss_counts &losses)
{
	ordered_json result = ordered_json::object();

	for (std::size_t cause = 0; cause < losses.maps.size(); cause++)
		result[std::string(key_for(static_cast<vmalock_loss>(cause)))] = losses.maps[cause];
	if (losses.unknown)
		result[std::string(key_for(VMALOCK_LOSS_NR))] = losses.unknown;
	result["skipped"] = ordered_json::object();
	for (const auto &[program, count] : losses.skipped)
		result["skipped"][program] = count;
	return result;
}

} // namespace vmalock
