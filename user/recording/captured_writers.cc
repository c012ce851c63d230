// SPDX-License-Identifier: GPL-2.0-only
#include <nlohmann/json.hpp>

#include "recording/captured.hh"
#include "recording/limits.hh"

namespace vmalock {

using nlohmann::json;

void to_json(json &out, const writer_key &key)
{
	out = {key.process, key.tid, key.syscall, key.kernel_stack, key.user_stack,
	       stored_key(key.state)};
}

void from_json(const json &in, writer_key &key)
{
	key = {in.at(0).get<process_id>(), in.at(1).get<std::uint32_t>(), in.at(2).get<std::uint32_t>(),
	       in.at(3).get<std::uint32_t>(), in.at(4).get<std::uint32_t>(),
	       stored_value<vmalock_writer_state>(in.at(5))};
}

void to_json(json &out, const victim_key &key)
{
	out = {key.process, key.vm_start, key.vm_end, key.caller, key.caller_module,
	       stored_key(key.reason)};
}

void from_json(const json &in, victim_key &key)
{
	key = {in.at(0).get<process_id>(), in.at(1).get<std::uint64_t>(), in.at(2).get<std::uint64_t>(),
	       in.at(3).get<std::string>(), in.at(4).get<std::string>(),
	       stored_value<vmalock_abort_reason>(in.at(5))};
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(times, total_ns, buckets)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(writer_holds, writer, comm, syscall, held)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(hold_sleep, stack, count, ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(hold_course, count, ns, runnable_ns, asleep_ns, reclaim_ns, sleeps)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(followed_hold, course, ended_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(place_followed, holder, reads, spent, longest)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(blame, writer, victim, aborts)

void to_json(json &out, const lock_wait &wait)
{
	out = {wait.holder, wait.holder_reads, wait.waiter, stored_key(wait.what), wait.memory_of,
	       wait.count, wait.ns, wait.longest_ns, wait.longest_ended_ns};
}

void from_json(const json &in, lock_wait &wait)
{
	wait = {in.at(0).get<writer_key>(), in.at(1).get<bool>(), in.at(2).get<process_id>(),
		stored_value<vmalock_time>(in.at(3)), in.at(4).get<std::uint32_t>(),
		in.at(5).get<std::uint64_t>(), in.at(6).get<std::uint64_t>(), in.at(7).get<std::uint64_t>(),
		in.size() > 8 ? in.at(8).get<std::uint64_t>() : 0};	// it came later
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(kernel_stack, id, functions)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(user_stack, id, addresses)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(named_stack, process, user_stack, frames)

void to_json(json &out, const writer_counts &counts)
{
	out = {{"writers", counts.writers}, {"blames", counts.blames},
	       {"kernel_stacks", counts.kernel_stacks}, {"user_stacks", counts.user_stacks},
	       {"named_stacks", counts.named_stacks}, {"mmap_times", stored(counts.mmap_times)},
	       {"lock_waits", counts.lock_waits}, {"followed", counts.followed}};
}

void from_json(const json &in, writer_counts &counts)
{
	in.at("writers").get_to(counts.writers);
	in.at("blames").get_to(counts.blames);
	in.at("kernel_stacks").get_to(counts.kernel_stacks);
	in.at("user_stacks").get_to(counts.user_stacks);
	if (in.contains("named_stacks"))	// they came later
		in.at("named_stacks").get_to(counts.named_stacks);
	if (in.contains("lock_waits"))	// these too
		in.at("lock_waits").get_to(counts.lock_waits);
	if (in.contains("followed"))	// and these
		in.at("followed").get_to(counts.followed);
	counts.mmap_times = stored_times(in.at("mmap_times"));
	for (const kernel_stack &stack : counts.kernel_stacks)
		expect_at_most(most_frames, stack.functions, "stack");
	for (const user_stack &stack : counts.user_stacks)
		expect_at_most(most_frames, stack.addresses, "stack");
	for (const named_stack &stack : counts.named_stacks)
		expect_at_most(most_frames, stack.frames, "stack");
}

} // namespace vmalock
