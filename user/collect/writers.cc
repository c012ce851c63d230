// SPDX-License-Identifier: GPL-2.0-only
#include "collect/writers.hh"

#include <bpf/bpf.h>
#include <ctime>
#include <set>

#include "collect/current_writers.hh"
#include "collect/bpf_maps.hh"
#include "collect/process_times.hh"
#include "collect/system_calls.hh"
#include "vmalock.skel.h"

namespace vmalock {

writer_key key_of(const vmalock_writer &writer)
{
	return {id_of(writer.process), writer.tid, writer.syscall, writer.kernel_stack,
		writer.user_stack, static_cast<vmalock_writer_state>(writer.state)};
}

victim_key key_of(const vmalock_victim &victim, kallsyms &symbols)
{
	const kernel_symbol &caller = symbols.find(victim.caller);

	return {id_of(victim.process), victim.vm_start, victim.vm_end, caller.name, caller.module,
		static_cast<vmalock_abort_reason>(victim.reason)};
}

namespace {

/** Beyond the keys of the map of writers' stacks. */
constexpr std::uint32_t first_sleep_stack = 0x40000000;

std::uint32_t id_of_sleep_stack(std::uint32_t key)
{
	return key == VMALOCK_STACK_NONE ? key : first_sleep_stack + key;
}

hold_course course_of(const vmalock_hold_course &counted)
{
	hold_course result = {{counted.count, counted.ns, counted.runnable_ns, counted.asleep_ns, counted.reclaim_ns}, {}};

	for (const vmalock_hold_sleep &sleep : counted.sleeps)
		if (sleep.count)
			result.sleeps.push_back({id_of_sleep_stack(sleep.stack), sleep.count, sleep.ns});
	return result;
}

/** Of the clock by which programs say when, the time since 1970. It goes on in suspend. */
class wall_clock {
public:
	wall_clock() : ahead_ns(now_ns(CLOCK_REALTIME) - now_ns(CLOCK_BOOTTIME)) {}

	/** Zero stays zero. */
	std::uint64_t operator()(std::uint64_t ns) const { return ns ? ns + ahead_ns : 0; }

private:
	static std::uint64_t now_ns(clockid_t clock)
	{
		timespec now{};

		clock_gettime(clock, &now);
		return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
	}

	std::uint64_t ahead_ns;
};

/** A stack ends where its addresses are zero. */
std::vector<std::uint64_t> read_stack(const bpf_map *map, std::uint32_t id)
{
	std::vector<std::uint64_t> addresses(bpf_map__value_size(map) / sizeof(std::uint64_t));

	if (bpf_map__lookup_elem(map, &id, sizeof(id), addresses.data(), bpf_map__value_size(map), 0))
		return {};
	std::erase(addresses, 0);
	return addresses;
}

/** The ids of the stacks that these writers have, each once. */
std::set<std::uint32_t> ids_of(const std::vector<writer_holds> &writers, std::uint32_t writer_key::*stack)
{
	std::set<std::uint32_t> result;

	for (const writer_holds &holds : writers)
		result.insert(holds.writer.*stack);
	result.erase(VMALOCK_STACK_NONE);
	return result;
}

/** The same of where they slept with the lock. */
std::set<std::uint32_t> ids_of(const std::vector<place_followed> &followed)
{
	std::set<std::uint32_t> result;

	for (const place_followed &place : followed)
		for (const hold_course *course : {&place.spent, &place.longest.course})
			for (const hold_sleep &sleep : course->sleeps)
				result.insert(sleep.stack);
	result.erase(VMALOCK_STACK_NONE);
	return result;
}

void read_kernel_stacks(const bpf_map *map, const std::set<std::uint32_t> &ids, std::uint32_t first_id,
			kallsyms &symbols, writer_counts &out)
{
	for (std::uint32_t id : ids) {
		kernel_stack stack = {id, {}};

		for (std::uint64_t address : read_stack(map, id - first_id))
			stack.functions.push_back(symbols.find(address).name);
		out.kernel_stacks.push_back(std::move(stack));
	}
}

} // namespace

void leave_out_writers(vmalock_bpf &bpf)
{
	for (bpf_program *program : {bpf.progs.mmap_lock_acquired, bpf.progs.mmap_lock_released,
				     bpf.progs.mmap_wait_begin, bpf.progs.mmap_wait_end,
				     bpf.progs.current_writers, bpf.progs.holder_switched,
				     bpf.progs.direct_reclaim_begins, bpf.progs.direct_reclaim_ends})
		bpf_program__set_autoload(program, false);
	bpf_map__set_autocreate(bpf.maps.lock_entries, false);
	// The kernel sets all of its memory aside.
	bpf_map__set_max_entries(bpf.maps.writer_stacks, 1);
	bpf_map__set_max_entries(bpf.maps.sleep_stacks, 1);
	bpf_map__set_max_entries(bpf.maps.lock_logs, 1);
}

void prepare_writers(vmalock_bpf &bpf, const kernel_btf &kernel, kallsyms &symbols, bool exact)
{
	const kallsyms::extent fault_lock = symbols.extent_of("lock_mm_and_find_vma");
	const bool has_memcg = kernel.has_type("btf_trace_mm_vmscan_memcg_reclaim_begin");

	for (bpf_program *program : {bpf.progs.memcg_reclaim_begins, bpf.progs.memcg_reclaim_ends})
		bpf_program__set_autoload(program, has_memcg);
	bpf_program__set_autoload(bpf.progs.lock_vma_under_rcu_entry, !exact);

	bpf.rodata->trace_writers = true;
	bpf.rodata->fault_lock_start = fault_lock.start;
	bpf.rodata->fault_lock_end = fault_lock.end;
}

writer_counts read_user_stacks(vmalock_bpf &bpf)
{
	writer_counts result;

	for_each_entry<vmalock_writer, vmalock_writer_holds>(
		bpf.maps.writers, [&](const auto &key, const auto &holds) {
			result.writers.push_back(
				{key_of(key), text_of(holds.comm),
				 name_of_system_call(key.syscall), times_of(holds.held)});
		});
	for (std::uint32_t id : ids_of(result.writers, &writer_key::user_stack))
		result.user_stacks.push_back({id, read_stack(bpf.maps.writer_stacks, id)});
	return result;
}

writer_counts read_writers(vmalock_bpf &bpf, kallsyms &symbols)
{
	std::vector<blame> blames;
	std::vector<lock_wait> waits;
	std::vector<place_followed> followed;
	const wall_clock at;

	// First: a writer has its entry once it is blamed, or soon after.
	for_each_entry<vmalock_blame_key, std::uint64_t>(
		bpf.maps.blames, [&](const auto &key, std::uint64_t aborts) {
			blames.push_back({key_of(key.writer), key_of(key.victim, symbols), aborts});
		});
	for_each_entry<vmalock_lock_wait_key, vmalock_lock_wait>(
		bpf.maps.lock_waits, [&](const auto &key, const auto &wait) {
			waits.push_back({key_of(key.holder), key.holder_reads != 0, id_of(key.waiter),
					 static_cast<vmalock_time>(key.what), key.memory_of, wait.count,
					 wait.ns, wait.longest_ns, at(wait.longest_end_ns)});
		});
	for_each_key<vmalock_hold_key>(bpf.maps.followed_holds, [&](const auto &key) {
		vmalock_followed_holds holds;

		if (!bpf_map__lookup_elem(bpf.maps.followed_holds, &key, sizeof(key), &holds, sizeof(holds), BPF_F_LOCK))
			followed.push_back({key_of(key.holder), key.reads != 0, course_of(holds.spent), {course_of(holds.longest), at(holds.longest_end_ns)}});
	});
	writer_counts result = read_user_stacks(bpf);

	result.blames = std::move(blames);
	result.lock_waits = std::move(waits);
	result.followed = std::move(followed);
	result.mmap_times = read_process_times(bpf, VMALOCK_MMAP_WRITE_HELD, VMALOCK_FIRST_FAULT_TIME);
	read_kernel_stacks(bpf.maps.writer_stacks, ids_of(result.writers, &writer_key::kernel_stack), 0, symbols, result);
	read_kernel_stacks(bpf.maps.sleep_stacks, ids_of(result.followed), first_sleep_stack, symbols, result);
	// Last: who lets go meanwhile is in neither, rather than in both.
	add_current_writers(bpf, symbols, result);
	return result;
}

} // namespace vmalock
