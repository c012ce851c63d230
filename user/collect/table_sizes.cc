// SPDX-License-Identifier: GPL-2.0-only
#include "collect/table_sizes.hh"

#include <algorithm>
#include <bit>
#include <bpf/libbpf.h>
#include <cstdint>
#include <optional>

#include "uapi/tables.h"
#include "uapi/times.h"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

/** One group's aborts differ by caller and reason, its fallbacks by cause. */
constexpr std::uint64_t aborts_of_group = 256, fallbacks_of_group = 16;
/** The kernel hands places of such a table out to CPUs by the hundred. */
constexpr std::uint64_t least_of_lru = 1024;
/** As bpf/groups.bpf.h says. */
constexpr std::uint64_t names_of_thread = 64;

std::uint64_t possible_cpus()
{
	return static_cast<std::uint64_t>(std::max(1, libbpf_num_possible_cpus()));
}

/** Empty if they are not known beforehand. */
std::optional<std::uint64_t> processes_in(const trace_target &target)
{
	if (target.ids.empty() || target.follow_children)
		return std::nullopt;
	return target.ids.size();
}

/** Empty if that cannot be known. */
std::optional<std::uint64_t> groups_in(const trace_target &target, vmalock_by by)
{
	const auto processes = processes_in(target);

	if (by == VMALOCK_BY_MACHINE)
		return 1;
	if (by == VMALOCK_BY_CPU)
		return possible_cpus();
	if (by == VMALOCK_BY_PROCESS || (by == VMALOCK_BY_THREAD && target.ids_are_threads))
		return processes;
	// What has no room is counted for all other names.
	if (by == VMALOCK_BY_COMM && processes)
		return *processes * names_of_thread;
	return std::nullopt;
}

/**
 * So many entries, and one too many for each program that is about to make the same as
 * another. With these it is not crowded yet.
 */
std::uint64_t room_for(std::uint64_t entries)
{
	return (entries + 2 * possible_cpus()) * 3 / 2;
}

void shrink(bpf_map *map, std::uint64_t entries)
{
	const std::uint64_t most = bpf_map__max_entries(map);

	bpf_map__set_max_entries(map, static_cast<std::uint32_t>(std::clamp<std::uint64_t>(entries, 1, most)));
}

std::uint64_t rounded(std::uint64_t bytes)
{
	return (bytes + 7) & ~std::uint64_t(7);
}

/** As the kernel accounts for a map of this type, kernel/bpf. */
table_memory memory_of(const bpf_map *map)
{
	const std::uint64_t entries = bpf_map__max_entries(map), key = rounded(bpf_map__key_size(map)),
			    value = rounded(bpf_map__value_size(map));
	constexpr std::uint64_t bucket = 16, pointer = 8, hash_entry = 48, stack_entry = 32;
	std::uint64_t at_once = entries * value;

	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		at_once = entries * (pointer + value * possible_cpus());
		break;
	case BPF_MAP_TYPE_HASH:
		at_once = std::bit_ceil(entries) * bucket;
		return {at_once, at_once + entries * (hash_entry + key + value)};
	case BPF_MAP_TYPE_LRU_HASH:
		at_once = std::bit_ceil(entries) * bucket + entries * (hash_entry + key + value);
		break;
	case BPF_MAP_TYPE_STACK_TRACE:
		at_once = std::bit_ceil(entries) * pointer + entries * (stack_entry + value);
		break;
	case BPF_MAP_TYPE_RINGBUF:
		at_once = entries;
		break;
	case BPF_MAP_TYPE_TASK_STORAGE:
		at_once = 0;
		break;
	default:
		break;
	}
	return {at_once, at_once};
}

} // namespace

void size_tables(vmalock_bpf &bpf, const trace_target &target, const counting &counting)
{
	const bool whole_machine = counts_whole_machine(counting.by);
	const bool times = target.writers || target.fault_times;
	const auto groups = groups_in(target, counting.by), processes = processes_in(target);

	if (groups) {
		const std::uint64_t slots = whole_machine ? 1 : room_for(*groups);

		for (bpf_map *map : {bpf.maps.groups, bpf.maps.free_slots})
			shrink(map, slots);
		shrink(bpf.maps.counts, whole_machine ? 1 : slots + 1);
		shrink(bpf.maps.misses, room_for(*groups));
		shrink(bpf.maps.aborts, room_for(*groups) * aborts_of_group);
		shrink(bpf.maps.fallbacks, room_for(*groups) * fallbacks_of_group);
	}
	if (whole_machine && !times)
		shrink(bpf.maps.names, 1);
	// Writers are other processes, too.
	else if (processes && !target.writers && counting.by != VMALOCK_BY_THREAD)
		shrink(bpf.maps.names, room_for(*processes));
	if (!times)
		shrink(bpf.maps.process_times, 1);
	else if (processes)
		shrink(bpf.maps.process_times, room_for(*processes) * VMALOCK_TIME_NR);
	if (!target.writers)
		for (bpf_map *map : {bpf.maps.blames, bpf.maps.writers, bpf.maps.followed_holds})
			shrink(map, 1);
	if (!target.writers || (target.ids.empty() && target.cgroup.empty()))
		shrink(bpf.maps.target_memory, 1);
	else if (!target.follow_children && target.cgroup.empty())
		shrink(bpf.maps.target_memory, std::max<std::uint64_t>(target.ids.size(), least_of_lru));
	if (!target.follow_children)
		shrink(bpf.maps.targets, target.ids.size());
}

table_memory memory_of(const vmalock_bpf &bpf)
{
	table_memory result;
	bpf_map *map;

	bpf_object__for_each_map(map, bpf.obj)
	{
		const table_memory one = bpf_map__autocreate(map) ? memory_of(map) : table_memory{};

		result.at_once += one.at_once;
		result.full += one.full;
	}
	return result;
}

} // namespace vmalock
