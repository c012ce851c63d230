// SPDX-License-Identifier: GPL-2.0-only
#include "collect/counts.hh"

#include <algorithm>
#include <bpf/bpf.h>
#include <numeric>
#include <utility>

#include "collect/bpf_maps.hh"
#include "collect/cgroups.hh"
#include "uapi/count_records.h"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

group_id group_of(const vmalock_group_key &key)
{
	return {id_of(key.process), id_of(key.thread),
		{key.mapping.anchor, key.mapping.inode, key.mapping.device,
		 static_cast<vmalock_mapping_kind>(key.mapping.kind)}, key.cpu,
		comm_name(text_of(key.comm)), key.cgroup};
}

/** The counts in a slot, by CPU. */
class slot_reader {
public:
	explicit slot_reader(vmalock_bpf &bpf)
		: counts(bpf.maps.counts), by_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()))
	{
	}

	const std::vector<vmalock_counts> &read(std::uint32_t slot)
	{
		if (bpf_map__lookup_elem(counts, &slot, sizeof(slot), by_cpu.data(),
					 by_cpu.size() * sizeof(by_cpu[0]), 0))
			std::ranges::fill(by_cpu, vmalock_counts{});
		return by_cpu;
	}

private:
	const bpf_map *counts;
	std::vector<vmalock_counts> by_cpu;
};

void add(group_faults &sum, const vmalock_counts &counts)
{
	sum.success += counts.success;
	sum.success_access += counts.success_access;
	sum.retry += counts.retry;
}

void read_machine(vmalock_bpf &bpf, snapshot &out)
{
	slot_reader slots(bpf);
	group_faults sum;
	std::uint32_t cpu = 0;

	for (const vmalock_counts &counts : slots.read(0)) {
		add(sum, counts);
		if (out.by == VMALOCK_BY_CPU) {
			sum.id.cpu = cpu++;
			out.faults.push_back(std::exchange(sum, {}));
		}
	}
	if (out.by == VMALOCK_BY_MACHINE)
		out.faults.push_back(sum);
}

void read_groups(vmalock_bpf &bpf, snapshot &out)
{
	slot_reader slots(bpf);

	for_each_entry<vmalock_group_key, vmalock_group>(
		bpf.maps.groups, [&](const auto &key, const auto &group) {
			group_faults sum{.id = group_of(key)};

			for (const vmalock_counts &counts : slots.read(group.slot))
				add(sum, counts);
			out.faults.push_back(sum);
			if (key.mapping.kind != VMALOCK_MAPPING_NONE)
				out.mappings.push_back({sum.id, group.start, group.end,
							text_of(group.file)});
		});
}

void read_aborts(vmalock_bpf &bpf, kallsyms &symbols, snapshot &out)
{
	for_each_entry<vmalock_abort_key, std::uint64_t>(
		bpf.maps.aborts, [&](const auto &key, std::uint64_t count) {
			const kernel_symbol &caller = symbols.find(key.caller);

			out.aborts.push_back({group_of(key.group), caller.name, caller.module,
					      static_cast<vmalock_abort_reason>(key.reason), count});
		});
}

void read_fallbacks(vmalock_bpf &bpf, snapshot &out)
{
	for_each_entry<vmalock_fallback_key, std::uint64_t>(
		bpf.maps.fallbacks, [&](const auto &key, std::uint64_t count) {
			out.fallbacks.push_back({group_of(key.group),
						 static_cast<vmalock_fallback>(key.cause), count});
		});
}

void read_misses(vmalock_bpf &bpf, snapshot &out)
{
	out.misses->clear();
	for_each_entry<vmalock_group_key, std::uint64_t>(
		bpf.maps.misses, [&](const auto &key, std::uint64_t count) {
			out.misses->push_back({group_of(key), count});
		});
}

void read_names(vmalock_bpf &bpf, snapshot &out)
{
	struct comm {
		char text[VMALOCK_COMM_LEN];
	};

	for_each_entry<vmalock_process_key, comm>(bpf.maps.names, [&](const auto &key, const comm &name) {
		out.names.push_back({id_of(key), text_of(name.text)});
	});
}

} // namespace

loss_counts read_losses(vmalock_bpf &bpf)
{
	std::vector<std::uint64_t> by_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()));
	loss_counts result;

	for (std::uint32_t cause = 0; cause < result.maps.size(); cause++)
		if (!bpf_map__lookup_elem(bpf.maps.losses, &cause, sizeof(cause), by_cpu.data(),
					  by_cpu.size() * sizeof(by_cpu[0]), 0))
			result.maps[cause] = std::accumulate(by_cpu.begin(), by_cpu.end(), std::uint64_t(0));

	bpf_program *program;
	bpf_object__for_each_program(program, bpf.obj) {
		bpf_prog_info info{};
		__u32 size = sizeof(info);

		// A name that has changed unseen is old, but no event is missing; nor is one of a
		// cgroup whose end was, nor of a call whose entry was.
		if (!bpf_program__autoload(program) || program == bpf.progs.process_rename ||
		    program == bpf.progs.cgroup_removed || program == bpf.progs.lock_vma_under_rcu_entry ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			continue;
		result.skipped.emplace_back(bpf_program__name(program), info.recursion_misses);
	}
	// Returns that could not be hooked; the link counts them, not the program.
	for (bpf_link *link : {bpf.links.handle_mm_fault_session, bpf.links.lock_vma_under_rcu_session}) {
		bpf_link_info info{};
		__u32 size = sizeof(info);

		if (link && !bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size))
			result.maps[VMALOCK_LOSS_RETURNS] += info.kprobe_multi.missed;
	}
	return result;
}

void read_counts(vmalock_bpf &bpf, kallsyms &symbols, snapshot &out)
{
	out.faults.clear();
	out.mappings.clear();
	out.aborts.clear();
	out.fallbacks.clear();
	out.names.clear();
	if (counts_whole_machine(out.by))
		read_machine(bpf, out);
	else
		read_groups(bpf, out);
	read_aborts(bpf, symbols, out);
	read_fallbacks(bpf, out);
	if (out.misses)
		read_misses(bpf, out);
	read_names(bpf, out);
	if (out.by == VMALOCK_BY_CGROUP)
		out.cgroups = read_cgroups(bpf);
	out.losses = read_losses(bpf);
}

} // namespace vmalock
