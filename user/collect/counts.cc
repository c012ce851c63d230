// SPDX-License-Identifier: GPL-2.0-only
#include "collect/counts.hh"

#include <algorithm>
#include <array>
#include <bpf/bpf.h>
#include <cstring>
#include <map>
#include <utility>

#include "collect/maps.hh"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

subject_id subject_of(const vmalock_subject_key &key)
{
	return {id_of(key.process), id_of(key.thread),
		{key.mapping.anchor, key.mapping.inode, key.mapping.device,
		 static_cast<vmalock_mapping_kind>(key.mapping.kind)}, key.cpu};
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

void add(subject_faults &sum, const vmalock_counts &counts)
{
	sum.success += counts.success;
	sum.success_access += counts.success_access;
	sum.retry += counts.retry;
}

void read_machine(vmalock_bpf &bpf, snapshot &out)
{
	slot_reader slots(bpf);
	subject_faults sum;
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

void read_subjects(vmalock_bpf &bpf, snapshot &out)
{
	slot_reader slots(bpf);
	std::map<subject_id, subject_faults> found;
	std::map<subject_id, mapping> mappings;

	for_each_key<vmalock_subject_key>(bpf.maps.subjects, [&](const auto &key) {
		vmalock_subject subject;
		subject_faults sum{.id = subject_of(key)};

		if (bpf_map__lookup_elem(bpf.maps.subjects, &key, sizeof(key), &subject,
					 sizeof(subject), 0))
			return;
		for (const vmalock_counts &counts : slots.read(subject.slot))
			add(sum, counts);
		found[sum.id] = sum;
		if (key.mapping.kind != VMALOCK_MAPPING_NONE)
			mappings[sum.id] = {sum.id, subject.start, subject.end,
					    {subject.file, strnlen(subject.file, sizeof(subject.file))}};
	});
	for (const auto &[id, sum] : found)
		out.faults.push_back(sum);
	for (auto &[id, mapping] : mappings)
		out.mappings.push_back(std::move(mapping));
}

void read_aborts(vmalock_bpf &bpf, kallsyms &symbols, snapshot &out)
{
	using key_bytes = std::array<std::uint64_t, sizeof(vmalock_abort_key) / 8>;
	std::map<key_bytes, subject_aborts> found;

	for_each_key<vmalock_abort_key>(bpf.maps.aborts, [&](const auto &key) {
		subject_aborts aborts;
		kernel_symbol caller = symbols.find(key.caller);
		key_bytes bytes;

		if (bpf_map__lookup_elem(bpf.maps.aborts, &key, sizeof(key), &aborts.count,
					 sizeof(aborts.count), 0))
			return;
		aborts.id = subject_of(key.subject);
		aborts.caller = caller.name;
		aborts.caller_module = caller.module;
		aborts.reason = static_cast<vmalock_abort_reason>(key.reason);
		std::memcpy(bytes.data(), &key, sizeof(key));
		found[bytes] = aborts;
	});
	for (auto &[key, aborts] : found)
		out.aborts.push_back(std::move(aborts));
}

void read_detours(vmalock_bpf &bpf, snapshot &out)
{
	std::map<std::pair<subject_id, std::uint32_t>, std::uint64_t> found;

	for_each_key<vmalock_detour_key>(bpf.maps.detours, [&](const auto &key) {
		std::uint64_t count;

		if (!bpf_map__lookup_elem(bpf.maps.detours, &key, sizeof(key), &count,
					  sizeof(count), 0))
			found[{subject_of(key.subject), key.cause}] = count;
	});
	for (const auto &[key, count] : found)
		out.detours.push_back({key.first, static_cast<vmalock_detour>(key.second), count});
}

void read_names(vmalock_bpf &bpf, snapshot &out)
{
	std::map<process_id, std::string> found;

	for_each_key<vmalock_process_key>(bpf.maps.names, [&](const auto &key) {
		char name[VMALOCK_COMM_LEN];

		if (!bpf_map__lookup_elem(bpf.maps.names, &key, sizeof(key), name,
					  sizeof(name), 0))
			found[id_of(key)] = std::string(name, strnlen(name, sizeof(name)));
	});
	for (auto &[id, name] : found)
		out.names.push_back({id, std::move(name)});
}

void read_losses(vmalock_bpf &bpf, snapshot &out)
{
	for (std::size_t cause = 0; cause < out.losses.maps.size(); cause++)
		out.losses.maps[cause] = bpf.bss->losses[cause];

	bpf_program *program;
	bpf_object__for_each_program(program, bpf.obj) {
		bpf_prog_info info{};
		__u32 size = sizeof(info);

		// A name that has changed unseen is old, but no event is missing.
		if (!bpf_program__autoload(program) || program == bpf.progs.process_rename ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			continue;
		out.losses.skipped.emplace_back(bpf_program__name(program), info.recursion_misses);
	}
	// Returns that could not be hooked; the link counts them, not the program.
	for (bpf_link *link : {bpf.links.handle_mm_fault_session, bpf.links.lock_vma_under_rcu_session}) {
		bpf_link_info info{};
		__u32 size = sizeof(info);

		if (link && !bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size))
			out.losses.maps[VMALOCK_LOSS_RETURNS] += info.kprobe_multi.missed;
	}
}

} // namespace

void read_counts(vmalock_bpf &bpf, kallsyms &symbols, snapshot &out)
{
	out.faults.clear();
	out.mappings.clear();
	out.aborts.clear();
	out.detours.clear();
	out.names.clear();
	out.losses = {};
	if (counts_whole_machine(out.by))
		read_machine(bpf, out);
	else
		read_subjects(bpf, out);
	read_aborts(bpf, symbols, out);
	read_detours(bpf, out);
	read_names(bpf, out);
	read_losses(bpf, out);
}

} // namespace vmalock
