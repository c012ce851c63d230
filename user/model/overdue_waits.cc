// SPDX-License-Identifier: GPL-2.0-only
#include "model/overdue_waits.hh"

#include <algorithm>

namespace vmalock {

void add_times(blocked_look &look, const wait_times &seen)
{
	std::map<std::uint32_t, std::uint64_t> by_thread;

	for (const auto &[wait, ns] : seen)
		by_thread[wait.tid()] = ns;
	for (blocked_task &task : look.tasks)
		if (const auto found = by_thread.find(task.tid);
		    task.waits_for != VMALOCK_WAITS_FOR_NOTHING && found != by_thread.end())
			task.off_cpu_ns = std::max(task.off_cpu_ns, found->second);
}

bool is_in(const blocked_look &look, const standing_wait &wait)
{
	return std::ranges::any_of(look.tasks, [&](const blocked_task &task) {
		return task.tid == wait.tid() && task.waits_for != VMALOCK_WAITS_FOR_NOTHING;
	});
}

void overdue_waits::see(const std::vector<standing_wait> &now, std::uint64_t now_ns)
{
	wait_times seen;

	for (const standing_wait &wait : now) {
		const auto before = first_seen.find(wait);

		seen.emplace(wait, before == first_seen.end() ? now_ns : before->second);
	}
	for (const auto &[wait, since_ns] : first_seen)
		if (wait.is_own && is_overdue(since_ns, last_ns) && !seen.contains(wait))
			miss();
	first_seen = std::move(seen);
	last_ns = now_ns;
}

bool overdue_waits::any(std::uint64_t now_ns) const
{
	return std::ranges::any_of(first_seen, [&](const auto &seen) { return is_overdue(seen.second, now_ns); });
}

wait_times overdue_waits::all(std::uint64_t now_ns) const
{
	wait_times result;

	for (const auto &[wait, since_ns] : first_seen)
		if (is_overdue(since_ns, now_ns))
			result.emplace(wait, now_ns - since_ns);
	return result;
}

} // namespace vmalock
