// SPDX-License-Identifier: GPL-2.0-only
#include "recording/capture.hh"

#include <fmt/ranges.h>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "recording/captured.hh"
#include "recording/cbor.hh"
#include "recording/limits.hh"

namespace vmalock {

namespace {

using nlohmann::json;

/** Version 3 had numbers where 4 has keys, and is read too. */
constexpr int version = 4, oldest_version = 3;

} // namespace

void to_json(json &out, const mapping_id &id)
{
	out = {id.anchor, id.inode, id.device, stored_key(id.kind)};
}

void from_json(const json &in, mapping_id &id)
{
	id = {in.at(0).get<std::uint64_t>(), in.at(1).get<std::uint64_t>(),
	      in.at(2).get<std::uint32_t>(),
	      stored_value<vmalock_mapping_kind>(in.at(3))};
}

void to_json(json &out, const group_id &id)
{
	out = {id.process, id.thread, id.mapping, id.cpu};
	if (!id.comm.empty() || id.cgroup) {
		out.push_back(id.comm.text());
		out.push_back(id.cgroup);
	}
}

void from_json(const json &in, group_id &id)
{
	id = {in.at(0).get<process_id>(), in.at(1).get<process_id>(), in.at(2).get<mapping_id>(),
	      in.at(3).get<std::uint32_t>()};
	if (in.size() > 4) {
		id.comm = comm_name(in.at(4).get<std::string>());
		in.at(5).get_to(id.cgroup);
	}
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(mapping, id, start, end, file)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(vmstat_counts, success, abort, retry, miss)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(attach_point, function, how)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(group_faults, id, success, success_access, retry)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(group_misses, id, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(process_name, id, name)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(cgroup_path, id, path)

/** Counts by the key of what was counted. */
template <class Enumeration>
json by_key(const auto &counts)
{
	json result = json::object();

	for (std::size_t value = 0; value < counts.size(); value++)
		result[stored_key(static_cast<Enumeration>(value))] = counts[value];
	return result;
}

/** Before version 4 an array, shorter in captures that had fewer values. @return of what is unknown. */
template <class Enumeration>
std::uint64_t get_by_key(const json &in, auto &counts)
{
	std::uint64_t unknown = 0;
	auto add = [&](Enumeration value, std::uint64_t count) {
		const auto place = static_cast<std::size_t>(value);

		(place < counts.size() ? counts[place] : unknown) += count;
	};

	if (in.is_array())
		for (std::size_t number = 0; number < in.size(); number++)
			add(stored_value<Enumeration>(number), in[number].get<std::uint64_t>());
	else
		for (const auto &[key, count] : in.items())
			add(with_stored_key<Enumeration>(key), count.get<std::uint64_t>());
	return unknown;
}

void to_json(json &out, const helper_caller &caller)
{
	out = {{"name", caller.name}, {"calls", by_key<vmalock_outcome>(caller.calls)},
	       {"held", caller.held}, {"waits", caller.waits}};
}

void from_json(const json &in, helper_caller &caller)
{
	in.at("name").get_to(caller.name);
	get_by_key<vmalock_outcome>(in.at("calls"), caller.calls);
	in.at("held").get_to(caller.held);
	in.at("waits").get_to(caller.waits);
}

void to_json(json &out, const helper_stats &stats)
{
	out = {{"calls", by_key<vmalock_outcome>(stats.calls)}, {"callers", stats.callers}};
}

void from_json(const json &in, helper_stats &stats)
{
	get_by_key<vmalock_outcome>(in.at("calls"), stats.calls);
	in.at("callers").get_to(stats.callers);
}

void to_json(json &out, const loss_counts &losses)
{
	out = {{"maps", by_key<vmalock_loss>(losses.maps)}, {"skipped", losses.skipped}};
	if (losses.unknown)
		out["maps"][stored_key(VMALOCK_LOSS_NR)] = losses.unknown;
}

void from_json(const json &in, loss_counts &losses)
{
	losses.unknown = get_by_key<vmalock_loss>(in.at("maps"), losses.maps);
	in.at("skipped").get_to(losses.skipped);
	cut(most_listed, losses.skipped);
}

void to_json(json &out, const group_aborts &aborts)
{
	out = {{"id", aborts.id}, {"caller", aborts.caller}, {"module", aborts.caller_module},
	       {"reason", stored_key(aborts.reason)}, {"count", aborts.count}};
}

void from_json(const json &in, group_aborts &aborts)
{
	aborts = {in.at("id").get<group_id>(), in.at("caller").get<std::string>(),
		  in.at("module").get<std::string>(),
		  stored_value<vmalock_abort_reason>(in.at("reason")),
		  in.at("count").get<std::uint64_t>()};
}

/** The field says whether it is a retry or a bypass, which must be known of each cause. */
void to_json(json &out, const group_fallbacks &fallbacks)
{
	out = {{"id", fallbacks.id},
	       {fallbacks.cause < VMALOCK_FIRST_BYPASS ? "retry" : "bypass", stored_key(fallbacks.cause)},
	       {"count", fallbacks.count}};
}

vmalock_fallback cause_of(const json &in)
{
	if (in.contains("cause"))		// before version 4
		return stored_value<vmalock_fallback>(in.at("cause"));
	const bool retry = in.contains("retry");
	const auto cause = stored_value<vmalock_fallback>(in.at(retry ? "retry" : "bypass"));

	return retry && cause >= VMALOCK_FIRST_BYPASS ? VMALOCK_RETRY_OTHER : cause;
}

void from_json(const json &in, group_fallbacks &fallbacks)
{
	fallbacks = {in.at("id").get<group_id>(), cause_of(in), in.at("count").get<std::uint64_t>()};
}

namespace {

/** Causes that read as the same are one, as each group has each cause but once. */
void join_causes(std::vector<group_fallbacks> &fallbacks)
{
	std::map<std::pair<group_id, vmalock_fallback>, std::uint64_t> sums;

	for (const group_fallbacks &entry : fallbacks)
		sums[{entry.id, entry.cause}] += entry.count;
	fallbacks.clear();
	for (const auto &[key, count] : sums)
		fallbacks.push_back({key.first, key.second, count});
}

/** What was counted apart in a way that has no name here is the machine's. */
void join_groups(snapshot &snapshot)
{
	group_faults all;

	for (const group_faults &faults : snapshot.faults) {
		all.success += faults.success;
		all.success_access += faults.success_access;
		all.retry += faults.retry;
	}
	snapshot.by = VMALOCK_BY_MACHINE;
	snapshot.faults = {all};
	for (group_aborts &aborts : snapshot.aborts)
		aborts.id = {};
	for (group_fallbacks &fallbacks : snapshot.fallbacks)
		fallbacks.id = {};
	if (snapshot.misses)
		for (group_misses &misses : *snapshot.misses)
			misses.id = {};
	snapshot.mappings.clear();
	snapshot.cgroups.clear();
}

} // namespace

void to_json(json &out, const snapshot &snapshot)
{
	out = {{"version", version}, {"seconds", snapshot.seconds},
	       {"kernel", snapshot.kernel}, {"by", stored_key(snapshot.by)},
	       {"attached", snapshot.attached}, {"faults", snapshot.faults},
	       {"mappings", snapshot.mappings},
	       {"aborts", snapshot.aborts}, {"fallbacks", snapshot.fallbacks}, {"names", snapshot.names},
	       {"losses", snapshot.losses}, {"not_visible", snapshot.not_visible}};

	if (!snapshot.cgroups.empty())
		out["cgroups"] = snapshot.cgroups;
	out["vmstat"] = snapshot.vmstat ? json(*snapshot.vmstat) : json(nullptr);
	if (snapshot.misses)
		out["misses"] = *snapshot.misses;
	if (snapshot.vmstat_moved)
		out["vmstat_moved"] = true;
	out["helper"] = snapshot.helper ? json(*snapshot.helper) : json(nullptr);
	if (snapshot.writers)
		out["writers"] = *snapshot.writers;
	if (snapshot.waits)
		out["waits"] = *snapshot.waits;
	if (snapshot.fault_times)
		out["fault_times"] = stored(*snapshot.fault_times);
	if (snapshot.standing)
		out["standing"] = *snapshot.standing;
}

void from_json(const json &in, snapshot &snapshot)
{
	const int found = in.at("version").get<int>();

	if (found < oldest_version || found > version)
		throw std::runtime_error("its version is not " + std::to_string(oldest_version) + " or " +
					 std::to_string(version));
	noted_unknown().clear();
	in.at("seconds").get_to(snapshot.seconds);
	expect_in_range(snapshot.seconds);
	in.at("kernel").get_to(snapshot.kernel);
	cut(most_letters_of_name, snapshot.kernel);
	snapshot.by = stored_value<vmalock_by>(in.at("by"));
	in.at("attached").get_to(snapshot.attached);
	cut(most_listed, snapshot.attached);
	in.at("faults").get_to(snapshot.faults);
	in.at("mappings").get_to(snapshot.mappings);
	in.at("aborts").get_to(snapshot.aborts);
	in.at(found < 4 ? "detours" : "fallbacks").get_to(snapshot.fallbacks);
	in.at("names").get_to(snapshot.names);
	for (process_name &name : snapshot.names)
		cut(most_letters_of_name, name.name);
	if (in.contains("cgroups"))
		in.at("cgroups").get_to(snapshot.cgroups);
	in.at("losses").get_to(snapshot.losses);
	in.at("not_visible").get_to(snapshot.not_visible);
	cut(most_listed, snapshot.not_visible);
	if (in.contains("misses"))
		snapshot.misses = in.at("misses").get<std::vector<group_misses>>();
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
		snapshot.fault_times = stored_times(in.at("fault_times"));
	if (in.contains("standing"))		// it came later
		snapshot.standing = in.at("standing").get<stall_report>();
	if (snapshot.by == VMALOCK_BY_NR)
		join_groups(snapshot);
	snapshot.unknown.assign(noted_unknown().begin(), noted_unknown().end());
	// Names that are no UTF-8 can have become one.
	if (!snapshot.unknown.empty() || snapshot.by == VMALOCK_BY_COMM)
		join_causes(snapshot.fallbacks);
}

std::string to_capture(const snapshot &snapshot)
{
	return json(snapshot).dump(-1, ' ', true, json::error_handler_t::replace);
}

std::string remark_on_unknown(const std::string &name, const std::set<std::string> &unknown)
{
	return fmt::format("{}: a newer vmalock wrote it, and what has no name here is shown as unknown or "
			   "left out: {}{}", name, fmt::join(unknown, ", "),
			   unknown.size() < most_noted ? "" : ", ...");
}

std::vector<snapshot> read_capture(std::istream &stream)
{
	std::vector<snapshot> result;
	std::string line;

	while (std::getline(stream, line)) try {
		result.push_back(parsed(line).get<snapshot>());
	} catch (const std::exception &error) {
		throw std::runtime_error("line " + std::to_string(result.size() + 1) +
					 " of the capture cannot be read: " + error.what());
	}
	return result;
}

} // namespace vmalock
