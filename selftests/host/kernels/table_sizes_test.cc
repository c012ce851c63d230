// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How large tables are, by what a run traces.
 */
#include <algorithm>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <memory>

#include "collect/program_choice.hh"
#include "collect/table_sizes.hh"
#include "vmalock.skel.h"

namespace vmalock::test {
namespace {

using skeleton = std::unique_ptr<vmalock_bpf, void (*)(vmalock_bpf *)>;

skeleton opened_for(const trace_target &target, vmalock_by by)
{
	skeleton result(vmalock_bpf__open(), vmalock_bpf__destroy);

	EXPECT_NE(result, nullptr);
	choose_maps(*result, target, {by, false});
	return result;
}

trace_target processes(std::size_t count)
{
	trace_target result;

	result.ids.assign(count, 1);
	return result;
}

std::uint32_t slots(const skeleton &bpf)
{
	return bpf_map__max_entries(bpf->maps.counts);
}

TEST(table_sizes, FollowTheTarget)
{
	const auto cpus = static_cast<std::uint32_t>(std::max(1, libbpf_num_possible_cpus()));
	trace_target threads = processes(3), followed = processes(1), in_cgroup;
	threads.ids_are_threads = true;
	followed.follow_children = true;
	in_cgroup.cgroup = "/sys/fs/cgroup";

	EXPECT_EQ(slots(opened_for({}, VMALOCK_BY_MACHINE)), 1u);
	EXPECT_EQ(slots(opened_for({}, VMALOCK_BY_CPU)), 1u);
	EXPECT_LE(slots(opened_for(processes(1), VMALOCK_BY_PROCESS)), 3 * cpus + 3);
	EXPECT_GT(slots(opened_for(processes(100), VMALOCK_BY_PROCESS)), 100u);
	EXPECT_LE(slots(opened_for(threads, VMALOCK_BY_THREAD)), 3 * cpus + 6);
	for (const trace_target &target : {trace_target(), followed, in_cgroup})
		EXPECT_EQ(slots(opened_for(target, VMALOCK_BY_PROCESS)), 16385u);
	for (vmalock_by by : {VMALOCK_BY_THREAD, VMALOCK_BY_MAPPING, VMALOCK_BY_CGROUP})
		EXPECT_EQ(slots(opened_for(processes(1), by)), 16385u) << by;
}

/* No table is larger than the programs declare it, nor is one without an entry. */
TEST(table_sizes, StayInBounds)
{
	const skeleton declared(vmalock_bpf__open(), vmalock_bpf__destroy);

	for (std::size_t count : {1, 50, 60000})
		for (int by = 0; by < VMALOCK_BY_NR; by++) {
			const skeleton bpf = opened_for(processes(count), static_cast<vmalock_by>(by));
			bpf_map *map, *original;

			bpf_object__for_each_map(map, bpf->obj)
			{
				original = bpf_object__find_map_by_name(declared->obj, bpf_map__name(map));
				EXPECT_LE(bpf_map__max_entries(map), bpf_map__max_entries(original))
					<< bpf_map__name(map);
				EXPECT_EQ(bpf_map__max_entries(map) > 0, bpf_map__max_entries(original) > 0)
					<< bpf_map__name(map);
			}
		}
}

/* Of the processes that are asked for each has room in `targets`. */
TEST(table_sizes, EachTargetHasRoom)
{
	for (std::size_t count : {1, 7, 500})
		EXPECT_EQ(bpf_map__max_entries(opened_for(processes(count), VMALOCK_BY_PROCESS)->maps.targets), count);
}

TEST(table_sizes, WritersAreOtherProcesses)
{
	trace_target target = processes(1);
	target.writers = true;

	EXPECT_EQ(bpf_map__max_entries(opened_for(target, VMALOCK_BY_PROCESS)->maps.writers), 16384u);
	EXPECT_EQ(bpf_map__max_entries(opened_for(target, VMALOCK_BY_PROCESS)->maps.names), 32768u);
	target.writers = false;
	EXPECT_EQ(bpf_map__max_entries(opened_for(target, VMALOCK_BY_PROCESS)->maps.writers), 1u);
}

TEST(table_sizes, MemoryIsWhatTheTablesNeed)
{
	const table_memory all = memory_of(*opened_for({}, VMALOCK_BY_PROCESS)),
			   one = memory_of(*opened_for(processes(1), VMALOCK_BY_PROCESS)),
			   machine = memory_of(*opened_for({}, VMALOCK_BY_MACHINE));

	EXPECT_GE(all.at_once, 16385u * 24);
	EXPECT_GT(all.full, all.at_once);
	EXPECT_LT(one.at_once, all.at_once - 16000 * 24);
	EXPECT_LE(machine.at_once, one.at_once);
}

} // namespace
} // namespace vmalock::test
