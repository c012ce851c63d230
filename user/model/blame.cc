// SPDX-License-Identifier: GPL-2.0-only
#include "model/blame.hh"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <string_view>
#include <tuple>
#include <utility>

#include "model/add_up.hh"
#include "model/kernel_functions.hh"
#include "model/mmap_lock_readers.hh"

namespace vmalock {

namespace {

auto key_of(const stalled &row)
{
	return std::tie(row.pid, row.name, row.doing);
}

auto key_of(const culprit &row)
{
	return std::tie(row.tid, row.name, row.doing, row.reads);
}

auto key_of(const culprit_stack &row)
{
	return std::tie(row.tid, row.name, row.doing, row.kernel, row.user, row.holding, row.grade);
}

void add_culprit(culprit &sum, culprit &&row)
{
	add_counts(sum, row);
	sum.followed += row.followed;
	sum.grade = worse(sum.grade, row.grade);
	std::ranges::move(row.victims, std::back_inserter(sum.victims));
}

/**
 * Where nothing is mapped nobody returns to: a function without a frame pointer led
 * the way astray, and what lies beyond is other in each stack.
 */
void cut_astray(culprit_stack &stack)
{
	for (std::size_t i = 1; i < stack.user_frames.size(); i++)
		if (stack.user_frames[i].file == "[unmapped]") {
			stack.user_frames.resize(i);
			stack.user.resize(i);
		}
}

void add_stack(stalls &stalls, culprit_stack &&stack)
{
	cut_astray(stack);
	stalls.stacks.push_back(std::move(stack));
}

/** Adds up what is alike, and sorts. */
void finish(stalls &stalls, const auto &order)
{
	auto key = [](const auto &row) { return key_of(row); };
	auto add = [](auto &sum, const auto &row) { add_counts(sum, row); };

	add_up(stalls.stacks, key, add);
	std::ranges::stable_sort(stalls.culprits, std::ranges::greater{}, order);
	std::ranges::stable_sort(stalls.stacks, std::ranges::greater{}, order);
	for (culprit &culprit : stalls.culprits) {
		add_up(culprit.victims, key, add);
		std::ranges::stable_sort(culprit.victims, std::ranges::greater{}, order);
	}
}

stalls stalls_of(const writers_report &report)
{
	stalls result;

	for (std::uint64_t aborts : report.aborts)
		result.count += aborts;
	result.unknown = report.aborts[VMALOCK_WRITER_GONE];
	for (const writer_row &row : report.writers) {
		culprit culprit = {row.id.pid, row.tid, row.comm, row.syscall, "", row.aborts,
				   row.held.total_ns, {}, false, false, row.grade};

		result.ns += row.held.total_ns;
		for (const writer_site &site : row.sites) {
			const bool holding = site.state == VMALOCK_WRITER_HOLDING;

			culprit.holding |= holding;
			// Where it is now matters more than where it let go before.
			if (holding || culprit.function.empty())
				culprit.function = place_in(site.kernel_stack);
			for (const victim_row &victim : site.victims)
				culprit.victims.push_back({victim.id.pid, victim.name, victim.caller,
							   victim.aborts, 0});
			add_stack(result, {row.id.pid, row.tid, row.comm, row.syscall,
					   site.kernel_stack, site.user_stack, site.user_frames,
					   site.aborts, site.held.total_ns, holding, site.grade});
		}
		result.culprits.push_back(std::move(culprit));
	}
	finish(result, [](const auto &row) { return row.count; });
	return result;
}

void add_reader(stalls &stalls, const reader_row &reader, const waiting_writer &writer)
{
	stalls.culprits.push_back({reader.pid, reader.tid, reader.name, reader.what, place_in(reader.stack),
				   reader.count, reader.ns,
				   {{writer.id.pid, writer.name, writer.system_call, reader.count, reader.ns}},
				   false, true, reader.grade});
	add_stack(stalls, {reader.pid, reader.tid, reader.name, reader.what, reader.stack,
			   reader.user_stack, reader.user_frames, reader.count, reader.ns, false,
			   reader.grade});
}

/** One row for what a thread did, however often. */
void add_up_culprits(stalls &stalls)
{
	add_up(stalls.culprits, [](const culprit &row) { return key_of(row); }, add_culprit);
}

stalls stalls_of(const writer_waits &waits)
{
	stalls result;

	for (const waiting_writer &writer : waits) {
		result.ns += writer.ns;
		result.unknown += writer.unknown;
		for (const reader_row &reader : writer.in_the_way)
			if (reader.held)
				add_reader(result, reader, writer);
	}
	add_up_culprits(result);
	result.count = result.unknown;
	for (const culprit &culprit : result.culprits)
		result.count += culprit.count;
	finish(result, [](const auto &row) { return row.ns; });
	return result;
}

/** By whose system call, or by what is on its stack, it has mmap_lock. */
std::string what_it_does(const mmap_lock_holder &holder)
{
	const std::string_view read = holder.reads ? mmap_lock_reader_in(holder.kernel_stack).what : "";

	if (!read.empty())
		return std::string(read);
	if (std::ranges::any_of(holder.kernel_stack, handles_user_faults))
		return std::string(page_fault);
	return holder.syscall;
}

std::string how_blocked(const lock_waiter &waiter)
{
	const bool to_write = waiter.what == VMALOCK_MMAP_WRITE_FAULT || waiter.what == VMALOCK_MMAP_WRITE_OTHER;

	if (waiter.what == VMALOCK_MMAP_READ_FAULT)
		return std::string(page_fault);
	return fmt::format("{}{}", to_write ? "to write" : "to read",
			   waiter.memory_of ? fmt::format(" that of {}", waiter.memory_of) : "");
}

stalls stalls_of(const lock_holders &locked)
{
	stalls result;

	result.ns = locked.ns;
	result.count = result.unknown = locked.unknown;
	result.lost_begins = locked.lost_begins;
	for (const mmap_lock_holder &holder : locked.holders) {
		const std::string doing = what_it_does(holder);
		culprit &row = result.culprits.emplace_back(culprit{
			holder.id.pid, holder.tid, holder.comm, doing, place_in(holder.kernel_stack), holder.count,
			holder.ns, {}, false, holder.reads, holder.grade, holder.followed});

		result.count += holder.count;
		for (const lock_waiter &waiter : holder.waiters)
			row.victims.push_back({waiter.id.pid, waiter.name, how_blocked(waiter), waiter.count, waiter.ns});
		add_stack(result, {holder.id.pid, holder.tid, holder.comm, doing, holder.kernel_stack,
				   holder.user_stack, holder.user_frames, holder.count, holder.ns, false,
				   holder.grade});
	}
	add_up_culprits(result);
	finish(result, [](const auto &row) { return row.ns; });
	return result;
}

} // namespace

blame_report blame_of(const report &report)
{
	blame_report result;

	result.seconds = report.seconds;
	result.kernel = report.kernel;
	if (report.writers) {
		result.writers = stalls_of(*report.writers);
		result.mmap_lock = stalls_of(report.writers->lock_holders);
	}
	if (report.waits)
		result.readers = stalls_of(*report.waits);
	result.losses = report.losses;
	result.not_visible = report.not_visible;
	result.standing = report.standing;
	return result;
}

} // namespace vmalock
