// SPDX-License-Identifier: GPL-2.0-only
#include "collect/cgroups.hh"

#include <map>
#include <string>

#include "collect/bpf_maps.hh"
#include "uapi/count_records.h"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

using cgroups_by_id = std::map<std::uint64_t, vmalock_cgroup>;

/** Empty if one above is not known, which a full table does not hold. */
std::string path_of(std::uint64_t id, const cgroups_by_id &all)
{
	std::string result;

	for (auto found = all.find(id); found != all.end(); found = all.find(found->second.parent)) {
		if (!found->second.parent)
			return result.empty() ? "/" : result;
		result = "/" + text_of(found->second.name) + result;
	}
	return "";
}

} // namespace

std::vector<cgroup_path> read_cgroups(const vmalock_bpf &bpf)
{
	cgroups_by_id all;
	std::vector<cgroup_path> result;

	for_each_entry<std::uint64_t, vmalock_cgroup>(
		bpf.maps.cgroups, [&](std::uint64_t id, const vmalock_cgroup &cgroup) {
			all.emplace(id, cgroup);
		});
	for (const auto &[id, cgroup] : all)
		if (std::string path = path_of(id, all); !path.empty())
			result.push_back({id, std::move(path)});
	return result;
}

std::set<std::uint64_t> removed_cgroups(const vmalock_bpf &bpf)
{
	std::set<std::uint64_t> result;

	for_each_entry<std::uint64_t, vmalock_cgroup>(
		bpf.maps.cgroups, [&](std::uint64_t id, const vmalock_cgroup &cgroup) {
			if (cgroup.removed)
				result.insert(id);
		});
	return result;
}

} // namespace vmalock
