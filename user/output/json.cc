// SPDX-License-Identifier: GPL-2.0-only
#include <nlohmann/json.hpp>

#include "model/words.hh"
#include "output/histogram.hh"
#include "output/output.hh"
#include "output/readers.hh"
#include "output/stream.hh"
#include "output/writers.hh"

namespace vmalock {

namespace {

using nlohmann::ordered_json;

constexpr int schema = 1;

ordered_json processes(const report &report)
{
	ordered_json result = ordered_json::array();

	for (const process_row &row : report.processes)
		result.push_back({{"pid", row.id.pid},
				  {"start_ns", row.id.start_ns},
				  {"name", row.name},
				  {"success", row.success},
				  {"success_access_error", row.success_access},
				  {"retry", row.retry},
				  {"abort", row.abort},
				  {"abort_page_fault", row.fault_abort},
				  {"bypass", row.bypass}});
	return result;
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

ordered_json detours(const std::vector<detour_row> &rows)
{
	ordered_json result = ordered_json::array();

	for (const detour_row &row : rows)
		result.push_back({{"cause", key_for(row.cause)}, {"count", row.count}});
	return result;
}

ordered_json losses(const loss_counts &losses)
{
	ordered_json result = ordered_json::object();

	for (std::size_t cause = 0; cause < losses.maps.size(); cause++)
		result[std::string(key_for(static_cast<vmalock_loss>(cause)))] = losses.maps[cause];
	result["skipped"] = ordered_json::object();
	for (const auto &[program, count] : losses.skipped)
		result["skipped"][program] = count;
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

/** Process names are bytes; what is no UTF-8 is replaced, not thrown at. */
std::string dump(const ordered_json &object)
{
	return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
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
	void error(const std::string &sentence) override
	{
		std::string line = dump({{"error", sentence}}) + "\n";

		// The error may be that this stream cannot be written.
		if (!put(stream, line))
			put(stderr, line);
	}

private:
	std::FILE *stream;
};

} // namespace

std::string to_json(const report &report, bool is_total)
{
	return dump({{"schema", schema},
		     {"total", is_total},
		     {"seconds", report.seconds},
		     {"kernel", report.kernel},
		     {"processes", processes(report)},
		     {"aborts", aborts(report)},
		     {"retries", detours(report.retries)},
		     {"bypasses", detours(report.bypasses)},
		     {"writers", report.writers ? to_json(*report.writers) : ordered_json()},
		     {"helper", helper(report.helper)},
		     {"waits_for_readers", report.waits ? to_json(*report.waits) : ordered_json()},
		     {"lost", losses(report.losses)},
		     {"not_visible", report.not_visible}});
}

std::unique_ptr<output> json_output(std::FILE *stream)
{
	return std::make_unique<json>(stream);
}

} // namespace vmalock
