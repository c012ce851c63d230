// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A busy machine, made up by a seed: what the model is measured with.
 */
#pragma once

#include <random>
#include <utility>
#include <vector>

#include "model/readers.hh"
#include "model/snapshot.hh"

namespace vmalock::benchmark {

/** Processes with faults, some of them with aborts and fallbacks as well. */
class made_up {
public:
	explicit made_up(std::uint32_t seed) : random(seed) {}

	/** Two snapshots of one run, the second with more of everything. */
	std::pair<snapshot, snapshot> interval(std::uint32_t processes)
	{
		snapshot before, after;

		before.seconds = 1;
		for (std::uint32_t pid = 1; pid <= processes; pid++)
			add_process(before, {pid, number()});
		after = before;
		after.seconds = 2;
		for (group_faults &faults : after.faults)
			faults.success += number();
		for (group_aborts &aborts : after.aborts)
			aborts.count += number();
		for (group_fallbacks &fallbacks : after.fallbacks)
			fallbacks.count += number();
		return {std::move(before), std::move(after)};
	}

	/** Waits of a few writers for a few readers, asleep in faults of a driver's. */
	std::vector<writer_wait> waits(std::size_t count)
	{
		std::vector<writer_wait> result(count);

		for (writer_wait &wait : result) {
			wait.id = {number() % 8 + 1, 1};
			wait.name = "writer";
			wait.system_call = number() % 2 ? "mprotect" : "munmap";
			wait.waited_ns = number();
			wait.vm_start = 0x7f0000000000;
			wait.vm_end = wait.vm_start + 0x10000;
			wait.readers = 1;
			wait.stack = {"__vma_start_write", "mprotect_fixup", "do_mprotect_pkey",
				      "__x64_sys_mprotect", "do_syscall_64",
				      "entry_SYSCALL_64_after_hwframe"};
			met_thread reader = {wait.id.pid, 100 + number() % 8, "reader", fault, wait.vm_start,
					     wait.waited_ns};
			wait.found = {reader};
			reader.stack = {"rcuwait_wake_up", "do_user_addr_fault", "exc_page_fault",
					"asm_exc_page_fault"};
			wait.releaser = reader;
		}
		return result;
	}

private:
	std::uint32_t number() { return static_cast<std::uint32_t>(random() % 1000000); }

	void add_process(snapshot &out, process_id id)
	{
		static constexpr const char *callers[] = {"do_user_addr_fault", "exc_page_fault",
							  "madvise_walk_vmas", "tcp_zerocopy_receive"};

		out.names.push_back({id, "process-" + std::to_string(id.pid)});
		out.faults.push_back({{.process = id}, number(), number(), number()});
		if (number() % 2)
			out.aborts.push_back({{.process = id}, callers[number() % 4], "",
					      number() % 2 ? VMALOCK_ABORT_WRITE_LOCKED
							   : VMALOCK_ABORT_READERS_EXCLUDED,
					      number()});
		if (number() % 4 == 0)
			out.fallbacks.push_back({{.process = id},
						 number() % 2 ? VMALOCK_RETRY_IO : VMALOCK_BYPASS_KERNEL,
						 number()});
	}

	const stack_names fault = {"testdev_hold [vmalock_testdev]", "slow_fault [vmalock_testdev]",
				   "__do_fault", "do_fault", "__handle_mm_fault", "handle_mm_fault",
				   "do_user_addr_fault", "exc_page_fault", "asm_exc_page_fault"};
	std::mt19937 random;
};

} // namespace vmalock::benchmark
