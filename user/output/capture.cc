// SPDX-License-Identifier: GPL-2.0-only
#include "output/capture.hh"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "output/captured.hh"
#include "output/process_times.hh"
#include "output/readers.hh"
#include "output/writers.hh"

namespace vmalock {

namespace {

using nlohmann::json;

constexpr int version = 3;

} // namespace

void to_json(json &out, const process_id &id)
{
	out = {id.pid, id.start_ns};
}

void from_json(const json &in, process_id &id)
{
	id = {in.at(0).get<std::uint32_t>(), in.at(1).get<std::uint64_t>()};
}

void to_json(json &out, const user_frame &frame)
{
	out = {frame.address, frame.function, frame.file, frame.offset, frame.build_id};
}

void from_json(const json &in, user_frame &frame)
{
	frame = {in.at(0).get<std::uint64_t>(), in.at(1).get<std::string>(), in.at(2).get<std::string>(),
		 in.at(3).get<std::uint64_t>(), in.at(4).get<std::string>()};
}

void to_json(json &out, const mapping_id &id)
{
	out = {id.anchor, id.inode, id.device, static_cast<unsigned>(id.kind)};
}

void from_json(const json &in, mapping_id &id)
{
	id = {in.at(0).get<std::uint64_t>(), in.at(1).get<std::uint64_t>(),
	      in.at(2).get<std::uint32_t>(),
	      captured_number<vmalock_mapping_kind>(in.at(3), VMALOCK_MAPPING_KIND_NR)};
}

void to_json(json &out, const group_id &id)
{
	out = {id.process, id.thread, id.mapping, id.cpu};
}

void from_json(const json &in, group_id &id)
{
	id = {in.at(0).get<process_id>(), in.at(1).get<process_id>(), in.at(2).get<mapping_id>(),
	      in.at(3).get<std::uint32_t>()};
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(mapping, id, start, end, file)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(vmstat_counts, success, abort, retry, miss)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(attach_point, function, how)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(group_faults, id, success, success_access, retry)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(process_name, id, name)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(helper_caller, name, calls, held, waits)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(helper_stats, calls, callers)

void to_json(json &out, const loss_counts &losses)
{
	out = {{"maps", losses.maps}, {"skipped", losses.skipped}};
}

/** Causes are added behind the others: an older capture has fewer. */
void from_json(const json &in, loss_counts &losses)
{
	auto maps = in.at("maps").get<std::vector<std::uint64_t>>();

	if (maps.size() > losses.maps.size())
		throw std::out_of_range("there are more losses than have names");
	std::ranges::copy(maps, losses.maps.begin());
	in.at("skipped").get_to(losses.skipped);
}

void to_json(json &out, const group_aborts &aborts)
{
	out = {{"id", aborts.id}, {"caller", aborts.caller}, {"module", aborts.caller_module},
	       {"reason", static_cast<unsigned>(aborts.reason)}, {"count", aborts.count}};
}

void from_json(const json &in, group_aborts &aborts)
{
	aborts = {in.at("id").get<group_id>(), in.at("caller").get<std::string>(),
		  in.at("module").get<std::string>(),
		  captured_number<vmalock_abort_reason>(in.at("reason"), VMALOCK_ABORT_REASON_NR),
		  in.at("count").get<std::uint64_t>()};
}

void to_json(json &out, const group_fallbacks &fallbacks)
{
	out = {{"id", fallbacks.id}, {"cause", static_cast<unsigned>(fallbacks.cause)},
	       {"count", fallbacks.count}};
}

void from_json(const json &in, group_fallbacks &fallbacks)
{
	fallbacks = {in.at("id").get<group_id>(),
		     captured_number<vmalock_fallback>(in.at("cause"), VMALOCK_FALLBACK_NR),
		     in.at("count").get<std::uint64_t>()};
}

void to_json(json &out, const snapshot &snapshot)
{
	out = {{"version", version}, {"seconds", snapshot.seconds},
	       {"kernel", snapshot.kernel}, {"by", static_cast<unsigned>(snapshot.by)},
	       {"attached", snapshot.attached}, {"faults", snapshot.faults},
	       {"mappings", snapshot.mappings},
	       {"aborts", snapshot.aborts}, {"detours", snapshot.fallbacks}, {"names", snapshot.names},
	       {"losses", snapshot.losses}, {"not_visible", snapshot.not_visible}};

	out["vmstat"] = snapshot.vmstat ? json(*snapshot.vmstat) : json(nullptr);
	if (snapshot.vmstat_moved)
		out["vmstat_moved"] = true;
	out["helper"] = snapshot.helper ? json(*snapshot.helper) : json(nullptr);
	if (snapshot.writers)
		out["writers"] = *snapshot.writers;
	if (snapshot.waits)
		out["waits"] = *snapshot.waits;
	if (snapshot.fault_times)
		out["fault_times"] = *snapshot.fault_times;
}

void from_json(const json &in, snapshot &snapshot)
{
	if (in.at("version") != version)
		throw std::runtime_error("the version is not " + std::to_string(version));
	in.at("seconds").get_to(snapshot.seconds);
	in.at("kernel").get_to(snapshot.kernel);
	snapshot.by = captured_number<vmalock_by>(in.at("by"), VMALOCK_BY_NR);
	in.at("attached").get_to(snapshot.attached);
	in.at("faults").get_to(snapshot.faults);
	in.at("mappings").get_to(snapshot.mappings);
	in.at("aborts").get_to(snapshot.aborts);
	in.at("detours").get_to(snapshot.fallbacks);
	in.at("names").get_to(snapshot.names);
	in.at("losses").get_to(snapshot.losses);
	in.at("not_visible").get_to(snapshot.not_visible);
	if (!in.at("vmstat").is_null())
		snapshot.vmstat = in.at("vmstat").get<vmstat_counts>();
	snapshot.vmstat_moved = in.value("vmstat_moved", false);
	if (!in.at("helper").is_null())
		snapshot.helper = in.at("helper").get<helper_stats>();
	if (in.contains("writers"))
		snapshot.writers = in.at("writers").get<writer_counts>();
	if (in.contains("waits"))
		snapshot.waits = in.at("waits").get<writer_waits>();
	if (in.contains("fault_times"))
		snapshot.fault_times = in.at("fault_times").get<std::vector<process_time>>();
}

std::string to_capture(const snapshot &snapshot)
{
	return json(snapshot).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<snapshot> read_capture(std::istream &stream)
{
	std::vector<snapshot> result;
	std::string line;

	while (std::getline(stream, line)) try {
		result.push_back(json::parse(line).get<snapshot>());
	} catch (const std::exception &error) {
		throw std::runtime_error("line " + std::to_string(result.size() + 1) +
					 " of the capture cannot be read: " + error.what());
	}
	return result;
}

} // namespace vmalock
