// SPDX-License-Identifier: GPL-2.0-only
#include "output/process_times.hh"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/words.hh"
#include "output/histogram.hh"

namespace vmalock {

namespace {

using nlohmann::ordered_json;

void add_rows(buffer &out, const std::string &name, const std::string &pid,
	      const times_by_what &times)
{
	for (const auto &[what, spent] : times)
		line(out, "{:<14} {:>7} {:<23} {:>13} {:>9} {:>9}", name, pid, word_for(what),
		     grouped(count_of(spent.buckets)), duration(median_below(spent.buckets)),
		     duration(longest_below(spent.buckets)));
}

ordered_json by_what(const times_by_what &spent, vmalock_time first, vmalock_time end)
{
	ordered_json result = ordered_json::object();

	for (int what = first; what < end; what++) {
		auto found = spent.find(static_cast<vmalock_time>(what));

		result[std::string(key_for(static_cast<vmalock_time>(what)))] =
			to_json(found == spent.end() ? times{} : found->second);
	}
	return result;
}

} // namespace

void add_process_times(buffer &out, std::string_view title, const process_times &times, std::size_t rows)
{
	if (times.processes.empty())
		return;
	line(out, "");
	line(out, "{}", title);
	line(out, "{:<14} {:>7} {:<23} {:>13} {:>9} {:>9}", "PROCESS", "PID", "", "TIMES", "MEDIAN <",
	     "MOST <");
	for (std::size_t i = 0; i < rows_shown(times.processes.size(), rows); i++)
		add_rows(out, printable(times.processes[i].name, 14),
			 id_in_words(times.processes[i].id.pid), times.processes[i].spent);
	add_rest(out, times.processes.size(), rows);
	add_rows(out, "all of these", "", times.all);
}

ordered_json to_json(const times &spent)
{
	return {{"count", count_of(spent.buckets)}, {"total_ns", spent.total_ns},
		{"histogram", histogram(spent.buckets)}};
}

ordered_json to_json(const process_times &times, vmalock_time first, vmalock_time end)
{
	ordered_json processes = ordered_json::array();

	for (const process_times_row &row : times.processes) {
		ordered_json process = {{"pid", row.id.pid}, {"start_ns", row.id.start_ns},
					{"name", row.name}};

		process.update(by_what(row.spent, first, end));
		processes.push_back(std::move(process));
	}
	return {{"all", by_what(times.all, first, end)}, {"processes", std::move(processes)}};
}

} // namespace vmalock
