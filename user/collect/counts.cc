// SPDX-License-Identifier: GPL-2.0-only
#include "collect/counts.hh"

#include <array>
#include <bpf/bpf.h>
#include <cstring>
#include <map>

#include "collect/maps.hh"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

void read_faults(vmalock_bpf &bpf, snapshot &out)
{
	std::vector<vmalock_process_counts> by_cpu(
		static_cast<std::size_t>(libbpf_num_possible_cpus()));
	std::map<process_id, process_faults> found;

	for_each_key<vmalock_process_key>(bpf.maps.faults, [&](const auto &key) {
		process_faults sum;

		if (bpf_map__lookup_elem(bpf.maps.faults, &key, sizeof(key), by_cpu.data(),
					 by_cpu.size() * sizeof(by_cpu[0]), 0))
			return;
		sum.id = id_of(key);
		for (const vmalock_process_counts &counts : by_cpu) {
			sum.success += counts.success;
			sum.success_access += counts.success_access;
			sum.retry += counts.retry;
		}
		found[sum.id] = sum;
	});
	for (const auto &[id, sum] : found)
		out.faults.push_back(sum);
}

void read_aborts(vmalock_bpf &bpf, kallsyms &symbols, snapshot &out)
{
	using key_bytes = std::array<std::uint64_t, sizeof(vmalock_abort_key) / 8>;
	std::map<key_bytes, process_aborts> found;

	for_each_key<vmalock_abort_key>(bpf.maps.aborts, [&](const auto &key) {
		process_aborts aborts;
		kernel_symbol caller = symbols.find(key.caller);
		key_bytes bytes;

		if (bpf_map__lookup_elem(bpf.maps.aborts, &key, sizeof(key), &aborts.count,
					 sizeof(aborts.count), 0))
			return;
		aborts.id = id_of(key.process);
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
	std::map<std::pair<process_id, std::uint32_t>, std::uint64_t> found;

	for_each_key<vmalock_detour_key>(bpf.maps.detours, [&](const auto &key) {
		std::uint64_t count;

		if (!bpf_map__lookup_elem(bpf.maps.detours, &key, sizeof(key), &count,
					  sizeof(count), 0))
			found[{id_of(key.process), key.cause}] = count;
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

		if (!bpf_program__autoload(program) ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			continue;
		out.losses.skipped.emplace_back(bpf_program__name(program), info.recursion_misses);
	}
}

} // namespace

void read_counts(vmalock_bpf &bpf, kallsyms &symbols, snapshot &out)
{
	read_faults(bpf, out);
	read_aborts(bpf, symbols, out);
	read_detours(bpf, out);
	read_names(bpf, out);
	read_losses(bpf, out);
}

} // namespace vmalock
