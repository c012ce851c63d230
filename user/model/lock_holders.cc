// SPDX-License-Identifier: GPL-2.0-only
#include "model/lock_holders.hh"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "model/kernel_functions.hh"
#include "model/snapshot.hh"
#include "model/writer_sites.hh"
#include "model/writers.hh"

namespace vmalock {

namespace {

using key = std::tuple<writer_key, bool, process_id, vmalock_time, std::uint32_t>;

key key_of(const lock_wait &wait)
{
	return {wait.holder, wait.holder_reads, wait.waiter, wait.what, wait.memory_of};
}

/** Only what has grown. */
std::vector<lock_wait> grown(const std::vector<lock_wait> &before, const std::vector<lock_wait> &after)
{
	std::map<key, const lock_wait *> then;
	std::vector<lock_wait> result;

	for (const lock_wait &wait : before)
		then.emplace(key_of(wait), &wait);
	for (lock_wait wait : after) {
		const auto found = then.find(key_of(wait));

		// Less than then: it had been forgotten meanwhile.
		if (found != then.end() && found->second->ns <= wait.ns && found->second->count <= wait.count) {
			wait.ns -= found->second->ns;
			wait.count -= found->second->count;
		}
		wait.longest_ns = std::min(wait.longest_ns, wait.ns);
		if (wait.ns || wait.count)
			result.push_back(wait);
	}
	return result;
}

/** The program that sees who gets mmap_lock, to write and to read (bpf/writers.bpf.h). */
constexpr std::string_view sees_begins = "mmap_lock_acquired";

mmap_lock_holder make_holder(const lock_wait &wait, const writer_sites &sites, const process_names &names,
			     bool lost_begins)
{
	const writer_row row = sites.row(wait.holder, names);
	writer_site site = sites.site(wait.holder, wait.holder_reads);
	mmap_lock_holder result;

	result.id = row.id;
	result.name = row.name;
	result.tid = row.tid;
	result.comm = row.comm;
	result.syscall = row.syscall;
	result.reads = wait.holder_reads;
	result.grade = grade_of_holder(wait.holder_reads, site.kernel_stack, lost_begins);
	result.kernel_stack = std::move(site.kernel_stack);
	result.user_stack = std::move(site.user_stack);
	result.user_frames = std::move(site.user_frames);
	result.followed = std::move(site.followed);
	return result;
}

void add_wait(mmap_lock_holder &holder, const lock_wait &wait, const process_names &names)
{
	holder.count += wait.count;
	holder.ns += wait.ns;
	if (wait.longest_ns > holder.longest_ns) {
		holder.longest_ns = wait.longest_ns;
		holder.longest_ended_ns = wait.longest_ended_ns;
	}
	holder.waiters.push_back({wait.waiter, name_of(names, wait.waiter), wait.what, wait.memory_of,
				  wait.count, wait.ns});
}

} // namespace

bool may_have_lost_begins(const loss_counts &lost)
{
	return lost.maps[VMALOCK_LOSS_TASKS_FULL] ||
	       std::ranges::any_of(lost.skipped, [](const auto &entry) {
		       return entry.second && entry.first == sees_begins;
	       });
}

grade grade_of_holder(bool reads, const std::vector<std::string> &kernel_stack, bool lost_begins)
{
	auto in_interrupt = [](const std::string &frame) { return is_function(frame, "irq_work_run*"); };
	const grade best = lost_begins ? grade::likely : grade::certain;

	if (!reads)
		return best;
	if (kernel_stack.empty())
		return grade::likely;
	return std::ranges::any_of(kernel_stack, in_interrupt) ? grade::unknown : best;
}

lock_holders holders_between(const writer_counts &before, const writer_counts &after,
			     const process_names &names, bool lost_begins)
{
	std::map<std::pair<writer_key, bool>, mmap_lock_holder> holders;
	const writer_sites sites(before, after);
	lock_holders result;

	result.lost_begins = lost_begins;
	for (const lock_wait &wait : grown(before.lock_waits, after.lock_waits)) {
		result.ns += wait.ns;
		if (wait.holder.state == VMALOCK_WRITER_GONE) {
			result.unknown += wait.count;
			result.unknown_ns += wait.ns;
			continue;
		}
		const std::pair place = {wait.holder, wait.holder_reads};
		auto found = holders.find(place);

		if (found == holders.end())
			found = holders.emplace(place, make_holder(wait, sites, names, lost_begins)).first;
		add_wait(found->second, wait, names);
	}
	for (auto &[place, holder] : holders) {
		if (holder.grade == grade::unknown) {
			result.unknown += holder.count;
			result.unknown_ns += holder.ns;
			continue;
		}
		std::ranges::stable_sort(holder.waiters, std::ranges::greater{}, &lock_waiter::ns);
		result.holders.push_back(std::move(holder));
	}
	std::ranges::stable_sort(result.holders, std::ranges::greater{}, &mmap_lock_holder::ns);
	return result;
}

} // namespace vmalock
