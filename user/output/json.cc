// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/words.hh"
#include "output/histogram.hh"
#include "output/json_values.hh"
#include "output/losses.hh"
#include "output/output.hh"
#include "output/process_times.hh"
#include "output/readers.hh"
#include "output/stalls.hh"
#include "output/stream.hh"
#include "output/writers.hh"

namespace vmalock {

namespace {

using nlohmann::ordered_json;

constexpr int schema = 1;

ordered_json counts(const group_row &row, bool sees_misses)
{
	return {{"success", row.success},
		{"success_access_error", row.success_access},
		{"retry", row.retry},
		{"abort", row.abort},
		{"abort_page_fault", row.fault_abort ? ordered_json(*row.fault_abort) : ordered_json()},
		{"bypass", row.bypass},
		{"miss", sees_misses ? ordered_json(row.miss) : ordered_json()}};
}

ordered_json process(const group_row &row)
{
	return {{"pid", row.id.process.pid}, {"start_ns", row.id.process.start_ns}, {"name", row.name}};
}

ordered_json thread(const group_row &row)
{
	ordered_json result = process(row);

	result.update({{"tid", row.id.thread.pid},
		       {"thread_start_ns", row.id.thread.start_ns},
		       {"thread_name", row.thread_name}});
	return result;
}

ordered_json cgroup(const group_row &row)
{
	return {{"id", is_sum_of_cgroups(row.id.cgroup) ? 0 : row.id.cgroup}, {"path", row.path.empty() ? ordered_json() : ordered_json(row.path)},
		{"name", row.name}};
}

ordered_json mapping(const group_row &row)
{
	const mapping_id &id = row.id.mapping;
	ordered_json result = process(row);

	result["kind"] = key_for(id.kind);
	result["start"] = result["end"] = result["file"] = result["inode"] = result["device"] = nullptr;
	if (id.kind != VMALOCK_MAPPING_NONE) {
		result["start"] = hexadecimal(row.start);
		result["end"] = hexadecimal(row.end);
	}
	if (id.kind == VMALOCK_MAPPING_FILE) {
		result["file"] = row.file;
		result["inode"] = id.inode;
		result["device"] = fmt::format("{:02x}:{:02x}", id.device >> 20, id.device & 0xfffff);
	}
	return result;
}

/** The member that holds the rows, under the name of what they are. */
std::pair<std::string, ordered_json> rows(const report &report)
{
	auto all = [&report](auto group) {
		ordered_json result = ordered_json::array();

		for (const group_row &row : report.rows) {
			ordered_json object = group(row), more = counts(row, report.miss_total.has_value());

			// There may be 10,000, which growing by doubling takes twice the room.
			object.get_ref<ordered_json::object_t &>().reserve(object.size() + more.size());
			object.update(more);
			result.push_back(std::move(object));
		}
		return result;
	};
	switch (report.by) {
	case VMALOCK_BY_THREAD: return {"threads", all(thread)};
	case VMALOCK_BY_MAPPING: return {"mappings", all(mapping)};
	case VMALOCK_BY_COMM: return {"comms", all([](const group_row &row) -> ordered_json {
			return {{"name", row.name}};
		})};
	case VMALOCK_BY_CGROUP: return {"cgroups", all(cgroup)};
	case VMALOCK_BY_CPU: return {"cpus", all([](const group_row &row) -> ordered_json {
			return {{"cpu", row.id.cpu}};
		})};
	case VMALOCK_BY_MACHINE: return {"machine", all([](const group_row &) {
			return ordered_json::object();
		})};
	default: return {"processes", all(process)};
	}
}

ordered_json attached(const report &report)
{
	ordered_json result = ordered_json::object();

	for (const attach_point &point : report.attached)
		result[point.function] = point.how;
	return result;
}

ordered_json vmstat(const report &report)
{
	if (!report.vmstat)
		return nullptr;
	return {{"success", report.vmstat->success}, {"abort", report.vmstat->abort},
		{"retry", report.vmstat->retry}, {"miss", report.vmstat->miss},
		{"moved", report.vmstat_moved}};
}

ordered_json aborts(const report &report)
{
	ordered_json result = ordered_json::array();

	for (const abort_row &row : report.aborts)
		result.push_back({{"caller", row.caller},
				  {"reason", key_for(row.reason)},
				  {"count", row.count}});
	return result;
}

ordered_json fallbacks(const std::vector<fallback_row> &rows)
{
	ordered_json result = ordered_json::array();

	for (const fallback_row &row : rows)
		result.push_back({{"cause", key_for(row.cause)}, {"count", row.count}});
	return result;
}

ordered_json calls(const helper_counts &counts)
{
	ordered_json result = ordered_json::object();

	for (std::size_t outcome = 0; outcome < counts.size(); outcome++)
		result[std::string(word_for(static_cast<vmalock_outcome>(outcome)))] =
			counts[outcome];
	return result;
}

ordered_json helper(const std::optional<helper_stats> &stats)
{
	if (!stats)
		return nullptr;
	ordered_json result = calls(stats->calls);

	result["callers"] = ordered_json::array();
	for (const helper_caller &caller : stats->callers) {
		ordered_json row = {{"name", caller.name}};

		row.update(calls(caller.calls));
		row["held"] = caller.held;
		row["waits"] = histogram(caller.waits);
		result["callers"].push_back(std::move(row));
	}
	return result;
}

class json : public output {
public:
	explicit json(std::FILE *stream) : stream(stream) {}

	void interval(const report &report) override
	{
		put_or_throw(stream, to_json(report, false) + "\n");
	}
	void total(const report &report) override
	{
		put_or_throw(stream, to_json(report, true) + "\n");
	}

private:
	std::FILE *stream;
};

} // namespace

std::string to_json(const report &report, bool is_total)
{
	return to_line(to_object(report, is_total));
}

ordered_json to_object(const report &report, bool is_total)
{
	auto [name, groups] = rows(report);

	return {{"schema", schema},
		{"total", is_total},
		{"seconds", report.seconds},
		{"kernel", report.kernel},
		{"by", key_for(report.by)},
		{"attached", attached(report)},
		{name, std::move(groups)},
		{"aborts", aborts(report)},
		{"retries", fallbacks(report.retries)},
		{"bypasses", fallbacks(report.bypasses)},
		{"vmstat", vmstat(report)},
		{"writers", report.writers ? to_json(*report.writers) : ordered_json()},
		{"helper", helper(report.helper)},
		{"waits_for_readers", report.waits ? to_json(*report.waits) : ordered_json()},
		{"fault_times", report.fault_times ? to_json(*report.fault_times, VMALOCK_FIRST_FAULT_TIME,
							     VMALOCK_TIME_NR)
						   : ordered_json()},
		{"standing", standing_to_json(report.standing)},
		{"lost", to_json(report.losses)},
		{"not_visible", report.not_visible}};
}

std::unique_ptr<output> json_output(std::FILE *stream)
{
	return std::make_unique<json>(stream);
}

} // namespace vmalock
