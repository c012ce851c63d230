// SPDX-License-Identifier: GPL-2.0-only
#include <nlohmann/json.hpp>

#include "output/blame.hh"
#include "output/followed_holds.hh"
#include "output/json_values.hh"
#include "output/losses.hh"
#include "output/stalls.hh"
#include "output/user_frames.hh"

namespace vmalock {

namespace {

using nlohmann::ordered_json;

constexpr int schema = 1;

ordered_json victims(const std::vector<stalled> &rows)
{
	ordered_json result = ordered_json::array();

	for (const stalled &row : rows)
		result.push_back({{"pid", row.pid}, {"name", row.name}, {"doing", text_or_null(row.doing)},
				  {"count", row.count}, {"ns", row.ns}});
	return result;
}

ordered_json culprits(const std::vector<culprit> &rows)
{
	ordered_json result = ordered_json::array();

	for (const culprit &row : rows)
		result.push_back({{"pid", row.pid}, {"tid", row.tid}, {"name", row.name},
				  {"doing", text_or_null(row.doing)}, {"function", text_or_null(row.function)},
				  {"count", row.count}, {"ns", row.ns}, {"holding", row.holding},
				  {"reads", row.reads}, {"grade", key_of(row.grade)}, {"holds", to_json(row.followed)},
				  {"victims", victims(row.victims)}});
	return result;
}

ordered_json stacks(const std::vector<culprit_stack> &rows)
{
	ordered_json result = ordered_json::array();

	for (const culprit_stack &row : rows)
		result.push_back({{"pid", row.pid}, {"tid", row.tid}, {"name", row.name},
				  {"doing", text_or_null(row.doing)}, {"count", row.count}, {"ns", row.ns},
				  {"holding", row.holding}, {"grade", key_of(row.grade)}, {"kernel_stack", row.kernel},
				  {"user_stack", hexadecimal(row.user)}, {"user_frames", to_json(row.user_frames)}});
	return result;
}

ordered_json direction(const std::optional<stalls> &stalls)
{
	if (!stalls)
		return nullptr;
	return {{"count", stalls->count}, {"unknown", stalls->unknown}, {"ns", stalls->ns},
		{"culprits", culprits(stalls->culprits)}, {"stacks", stacks(stalls->stacks)}};
}

} // namespace

std::string to_json(const blame_report &report)
{
	return to_line({{"schema", schema},
			{"seconds", report.seconds},
			{"kernel", report.kernel},
			{"writers", direction(report.writers)},
			{"readers", direction(report.readers)},
			{"mmap_lock", direction(report.mmap_lock)},
			{"standing", standing_to_json(report.standing)},
			{"lost", to_json(report.losses)},
			{"not_visible", report.not_visible}});
}

} // namespace vmalock
