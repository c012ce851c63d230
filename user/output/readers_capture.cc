// SPDX-License-Identifier: GPL-2.0-only
#include "output/captured.hh"
#include "output/readers.hh"

namespace vmalock {

using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(reader_row, pid, tid, name, what, held, mapping, vm_start, vm_end,
				   count, ns, stack, user_stack)

void to_json(json &out, const waiting_writer &row)
{
	out = {{"id", row.id}, {"name", row.name}, {"system_call", row.system_call},
	       {"detach", row.detach}, {"count", row.count}, {"interrupted", row.interrupted},
	       {"ns", row.ns}, {"readers", row.readers}, {"unknown", row.unknown},
	       {"waits", row.waits}, {"stack", row.stack}, {"in_the_way", row.in_the_way}};
}

void from_json(const json &in, waiting_writer &row)
{
	in.at("id").get_to(row.id);
	in.at("name").get_to(row.name);
	in.at("system_call").get_to(row.system_call);
	in.at("detach").get_to(row.detach);
	in.at("count").get_to(row.count);
	in.at("interrupted").get_to(row.interrupted);
	in.at("ns").get_to(row.ns);
	in.at("readers").get_to(row.readers);
	in.at("unknown").get_to(row.unknown);
	in.at("waits").get_to(row.waits);
	in.at("stack").get_to(row.stack);
	in.at("in_the_way").get_to(row.in_the_way);
}

} // namespace vmalock
