// SPDX-License-Identifier: GPL-2.0-only
#include <nlohmann/json.hpp>

#include "recording/captured.hh"
#include "recording/limits.hh"

namespace vmalock {

using nlohmann::json;

void to_json(json &out, const reader_row &row)
{
	out = {{"pid", row.pid}, {"tid", row.tid}, {"name", row.name}, {"what", row.what},
	       {"held", row.held}, {"grade", key_of(row.grade)}, {"mapping", row.mapping}, {"vm_start", row.vm_start},
	       {"vm_end", row.vm_end}, {"count", row.count}, {"ns", row.ns}, {"stack", row.stack},
	       {"user_stack", row.user_stack}, {"user_frames", row.user_frames}};
}

void from_json(const json &in, reader_row &row)
{
	in.at("pid").get_to(row.pid);
	in.at("tid").get_to(row.tid);
	in.at("name").get_to(row.name);
	in.at("what").get_to(row.what);
	in.at("held").get_to(row.held);
	if (in.contains("grade"))		// it came later
		row.grade = grade_with_key(in.at("grade").get<std::string>()).value_or(grade::unknown);
	in.at("mapping").get_to(row.mapping);
	in.at("vm_start").get_to(row.vm_start);
	in.at("vm_end").get_to(row.vm_end);
	in.at("count").get_to(row.count);
	in.at("ns").get_to(row.ns);
	in.at("stack").get_to(row.stack);
	in.at("user_stack").get_to(row.user_stack);
	if (in.contains("user_frames"))		// they came later
		in.at("user_frames").get_to(row.user_frames);
	expect_at_most(most_frames, row.stack, "stack");
	expect_at_most(most_frames, row.user_stack, "stack");
	expect_at_most(most_frames, row.user_frames, "stack");
}

void to_json(json &out, const waiting_writer &row)
{
	out = {{"id", row.id}, {"name", row.name}, {"system_call", row.system_call},
	       {"detach", row.detach}, {"go_on", row.go_on}, {"count", row.count},
	       {"interrupted", row.interrupted}, {"ns", row.ns}, {"readers", row.readers},
	       {"unknown", row.unknown}, {"waits", row.waits}, {"stack", row.stack},
	       {"in_the_way", row.in_the_way}};
}

void from_json(const json &in, waiting_writer &row)
{
	in.at("id").get_to(row.id);
	in.at("name").get_to(row.name);
	in.at("system_call").get_to(row.system_call);
	in.at("detach").get_to(row.detach);
	if (in.contains("go_on"))		// it came later
		in.at("go_on").get_to(row.go_on);
	in.at("count").get_to(row.count);
	in.at("interrupted").get_to(row.interrupted);
	in.at("ns").get_to(row.ns);
	in.at("readers").get_to(row.readers);
	in.at("unknown").get_to(row.unknown);
	in.at("waits").get_to(row.waits);
	in.at("stack").get_to(row.stack);
	in.at("in_the_way").get_to(row.in_the_way);
	expect_at_most(most_frames, row.stack, "stack");
}

} // namespace vmalock
