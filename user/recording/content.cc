// SPDX-License-Identifier: GPL-2.0-only
#include "recording/content.hh"

#include <nlohmann/json.hpp>

#include "recording/captured.hh"
#include "recording/limits.hh"

namespace vmalock {

using nlohmann::json;

void to_json(json &out, const recorded_run &run)
{
	out = {{"host", run.host}, {"boot_id", run.boot_id}, {"kernel", run.kernel},
	       {"tool", run.tool}, {"start_ns", run.start_ns}, {"start_boot_ns", run.start_boot_ns},
	       {"arguments", run.arguments}};
}

void from_json(const json &in, recorded_run &run)
{
	in.at("host").get_to(run.host);
	in.at("boot_id").get_to(run.boot_id);
	in.at("kernel").get_to(run.kernel);
	in.at("tool").get_to(run.tool);
	in.at("start_ns").get_to(run.start_ns);
	in.at("start_boot_ns").get_to(run.start_boot_ns);
	in.at("arguments").get_to(run.arguments);
	for (std::string *text : {&run.host, &run.boot_id, &run.kernel, &run.tool})
		cut(most_letters_of_name, *text);
	cut(most_listed, run.arguments);
}

void to_json(json &out, const recorded_snapshot &snapshot)
{
	out = {{"run", snapshot.run}, {"snapshot", snapshot.snapshot}};
}

void from_json(const json &in, recorded_snapshot &snapshot)
{
	snapshot.run = run_of(in);
	in.at("snapshot").get_to(snapshot.snapshot);
}

json end_of(std::size_t run)
{
	return {{"run", run}};
}

std::size_t run_of(const json &in)
{
	return in.at("run").get<std::size_t>();
}

} // namespace vmalock
