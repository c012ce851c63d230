// SPDX-License-Identifier: GPL-2.0-only
#include <nlohmann/json.hpp>

#include "output/histogram.hh"
#include "output/json_values.hh"
#include "output/readers.hh"
#include "output/user_frames.hh"

namespace vmalock {

using nlohmann::ordered_json;

namespace {

ordered_json reader(const reader_row &row)
{
	return {{"pid", row.pid}, {"tid", row.tid}, {"name", row.name}, {"what", row.what},
		{"held", row.held}, {"grade", row.held ? ordered_json(key_of(row.grade)) : ordered_json()},
		{"mapping", row.mapping}, {"vm_start", hexadecimal(row.vm_start)},
		{"vm_end", hexadecimal(row.vm_end)}, {"count", row.count}, {"ns", row.ns},
		{"kernel_stack", row.stack}, {"user_stack", hexadecimal(row.user_stack)},
		{"user_frames", to_json(row.user_frames)}};
}

ordered_json writer(const waiting_writer &row)
{
	ordered_json result = {{"pid", row.id.pid}, {"start_ns", row.id.start_ns},
			       {"name", row.name},
			       {"system_call", text_or_null(row.system_call)},
			       {"detach", row.detach}, {"go_on", row.go_on}, {"count", row.count},
			       {"interrupted", row.interrupted}, {"ns", row.ns},
			       {"waits", histogram(row.waits)}, {"readers", row.readers},
			       {"readers_unknown", row.unknown}, {"kernel_stack", row.stack},
			       {"in_the_way", ordered_json::array()}};

	for (const reader_row &met : row.in_the_way)
		result["in_the_way"].push_back(reader(met));
	return result;
}

} // namespace

nlohmann::ordered_json to_json(const writer_waits &waits)
{
	ordered_json result = {{"waits", histogram(histogram_of(waits))},
			       {"writers", ordered_json::array()}};

	for (const waiting_writer &row : waits)
		result["writers"].push_back(writer(row));
	return result;
}

} // namespace vmalock
