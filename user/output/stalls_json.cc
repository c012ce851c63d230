// SPDX-License-Identifier: GPL-2.0-only
#include <nlohmann/json.hpp>

#include "model/words.hh"
#include "output/json_values.hh"
#include "output/stalls.hh"

namespace vmalock {

namespace {

using nlohmann::ordered_json;

constexpr int schema = 1;

ordered_json owner(const lock_keeper &row)
{
	return {{"pid", row.pid}, {"tid", row.tid}, {"name", row.name}, {"doing", row.doing},
		{"grade", key_of(row.grade)}, {"state", key_for(row.state)},
		{"waits_for", key_for(row.waits_for)}, {"off_cpu_ns", row.off_cpu_ns},
		{"why", text_or_null(row.why)}, {"what_to_do", text_or_null(row.what_to_do)},
		{"kernel_stack", row.stack}};
}

ordered_json holder(const lock_holder &row)
{
	ordered_json result = owner(row);

	result["lock_owners"] = ordered_json::array();
	for (const lock_keeper &other : row.lock_owners)
		result["lock_owners"].push_back(owner(other));
	return result;
}

ordered_json waiting(const waiting_threads &row)
{
	return {{"pid", row.pid}, {"tids", row.tids}, {"name", row.name}, {"doing", row.doing},
		{"waits_for", key_for(row.waits_for)}, {"of_another", row.of_another}, {"ns", row.ns},
		{"kernel_stack", row.stack}};
}

ordered_json vma(const awaited_vma &row)
{
	return {{"start", hexadecimal(row.start)}, {"end", hexadecimal(row.end)}, {"file", text_or_null(row.file)}};
}

ordered_json stall(const address_space_stall &row)
{
	ordered_json result = {{"pid", row.pid}, {"name", row.name}, {"ns", row.ns}, {"threads", row.threads},
			       {"cycle", row.cycle},
			       {"writer", row.writer ? holder(*row.writer) : ordered_json()},
			       {"unseen_writer", row.unseen_writer},
			       {"vma", row.vma ? vma(*row.vma) : ordered_json()},
			       {"readers_counted", row.readers_counted},
			       {"readers_unknown", row.readers_unknown}, {"suspects", row.suspects},
			       {"leaked", row.leaked}, {"readers", ordered_json::array()},
			       {"behind", ordered_json::array()}, {"more_behind", row.more_behind}};

	for (const lock_holder &reader : row.readers)
		result["readers"].push_back(holder(reader));
	for (const waiting_threads &behind : row.behind)
		result["behind"].push_back(waiting(behind));
	return result;
}

ordered_json stalls(const stall_report &report)
{
	ordered_json result = ordered_json::array();

	for (const address_space_stall &row : report.stalls)
		result.push_back(stall(row));
	return result;
}

} // namespace

ordered_json standing_to_json(const std::optional<stall_report> &standing)
{
	return standing ? ordered_json{{"stalls", stalls(*standing)}} : ordered_json();
}

std::string to_json(const stall_report &report)
{
	return to_line({{"schema", schema}, {"kernel", report.kernel}, {"seconds", report.seconds},
			{"stalls", stalls(report)}, {"not_visible", report.not_visible}});
}

} // namespace vmalock
