// SPDX-License-Identifier: GPL-2.0-only
#include "collect/exited_processes.hh"

#include <bpf/libbpf.h>
#include <cerrno>
#include <csignal>
#include <vector>

#include "collect/bpf_maps.hh"
#include "collect/pid_namespace.hh"
#include "collect/tables.hh"
#include "uapi/count_records.h"
#include "uapi/writer_records.h"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

/** The keys for which @p wanted says so. */
template <class Key>
std::vector<Key> keys_of(const bpf_map *map, auto wanted)
{
	std::vector<Key> result;

	for_each_key<Key>(map, [&](const Key &key) {
		if (wanted(key))
			result.push_back(key);
	});
	return result;
}

/** Takes them out, and returns them. */
template <class Key>
std::vector<Key> take_out(vmalock_bpf &bpf, vmalock_table table, auto wanted)
{
	std::vector<Key> result = keys_of<Key>(map_of(bpf, table), wanted);

	for (const Key &key : result)
		remove_entry(bpf, table, &key, sizeof(key));
	return result;
}

/** No program finds the slot any more; what it is given next begins at zero. */
void give_back(vmalock_bpf &bpf, std::uint32_t slot)
{
	static const std::vector<vmalock_counts> zeroes(static_cast<std::size_t>(libbpf_num_possible_cpus()));

	bpf_map__update_elem(bpf.maps.counts, &slot, sizeof(slot), zeroes.data(),
			     zeroes.size() * sizeof(zeroes[0]), BPF_ANY);
	bpf_map__update_elem(bpf.maps.free_slots, nullptr, 0, &slot, sizeof(slot), BPF_ANY);
}

/** A stack can be several writers'. */
void forget_writers(vmalock_bpf &bpf, auto has_exited)
{
	std::set<std::uint32_t> stacks;

	for (const vmalock_writer &writer : take_out<vmalock_writer>(bpf, VMALOCK_TABLE_WRITERS, has_exited))
		stacks.insert({writer.kernel_stack, writer.user_stack});
	for_each_key<vmalock_writer>(bpf.maps.writers, [&](const vmalock_writer &writer) {
		stacks.erase(writer.kernel_stack);
		stacks.erase(writer.user_stack);
	});
	for (std::uint32_t id : stacks)
		bpf_map__delete_elem(bpf.maps.writer_stacks, &id, sizeof(id), 0);
}

} // namespace

bool has_exited(process_id id)
{
	static const bool can_tell = in_first_pid_namespace();

	return can_tell && id.pid && kill(static_cast<pid_t>(id.pid), 0) && errno == ESRCH;
}

std::set<process_id> exited_processes(const vmalock_bpf &bpf)
{
	std::set<process_id> result;

	// What has counts has a name.
	for_each_key<vmalock_process_key>(bpf.maps.names, [&](const auto &key) { result.insert(id_of(key)); });
	// A victim can have exited, and been forgotten, before its writer accounts for it.
	for_each_key<vmalock_blame_key>(bpf.maps.blames, [&](const auto &key) {
		result.insert(id_of(key.writer.process));
		result.insert(id_of(key.victim.process));
	});
	for_each_key<vmalock_lock_wait_key>(bpf.maps.lock_waits, [&](const auto &key) {
		result.insert(id_of(key.holder.process));
		result.insert(id_of(key.waiter));
	});
	std::erase_if(result, [](process_id id) { return !has_exited(id); });
	return result;
}

void forget(vmalock_bpf &bpf, const gone &gone)
{
	auto was = [&](const vmalock_process_key &key) { return gone.exited.contains(id_of(key)); };
	auto was_its = [&](const auto &key) { return was(key.process); };
	auto was_group = [&](const vmalock_group_key &key) {
		return was(key.process) || was(key.thread) || gone.removed.contains(key.cgroup);
	};
	auto was_of_group = [&](const auto &key) { return was_group(key.group); };

	if (gone.empty())
		return;
	take_out<vmalock_abort_key>(bpf, VMALOCK_TABLE_ABORTS, was_of_group);
	take_out<vmalock_fallback_key>(bpf, VMALOCK_TABLE_FALLBACKS, was_of_group);
	take_out<vmalock_group_key>(bpf, VMALOCK_TABLE_MISSES, was_group);
	take_out<vmalock_time_key>(bpf, VMALOCK_TABLE_TIMES, was_its);
	take_out<vmalock_blame_key>(bpf, VMALOCK_TABLE_BLAMES, [&](const auto &key) {
		return was(key.writer.process) || was(key.victim.process);
	});
	take_out<vmalock_lock_wait_key>(bpf, VMALOCK_TABLE_LOCK_WAITS, [&](const auto &key) {
		return was(key.holder.process) || was(key.waiter);
	});
	take_out<vmalock_hold_key>(bpf, VMALOCK_TABLE_FOLLOWED, [&](const auto &key) { return was_its(key.holder); });
	forget_writers(bpf, was_its);
	for (const auto &key : keys_of<vmalock_group_key>(bpf.maps.groups, was_group)) {
		vmalock_group group;

		if (bpf_map__lookup_elem(bpf.maps.groups, &key, sizeof(key), &group, sizeof(group), 0))
			continue;
		if (bpf_map__delete_elem(bpf.maps.groups, &key, sizeof(key), 0))
			continue;
		give_back(bpf, group.slot);
		bpf.bss->entries_removed[VMALOCK_TABLE_GROUPS]++;
	}
	take_out<vmalock_process_key>(bpf, VMALOCK_TABLE_NAMES, was);
	for (std::uint64_t id : gone.removed)
		bpf_map__delete_elem(bpf.maps.cgroups, &id, sizeof(id), 0);
}

} // namespace vmalock
