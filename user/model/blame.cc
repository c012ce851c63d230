// SPDX-License-Identifier: GPL-2.0-only
#include "model/blame.hh"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <tuple>
#include <utility>

#include "model/kernel_functions.hh"
#include "model/mmap_lock_readers.hh"

namespace vmalock {

namespace {

/** The row that @p is says it is, made of @p row if there is none. */
template <class Row>
Row &row_like(std::vector<Row> &rows, const auto &is, Row &&row)
{
	auto found = std::ranges::find_if(rows, is);

	return found == rows.end() ? rows.emplace_back(std::move(row)) : *found;
}

void add_victim(culprit &culprit, const stalled &victim)
{
	auto key = [](const stalled &row) { return std::tie(row.pid, row.name, row.doing); };
	stalled &row = row_like(culprit.victims,
				[&](const stalled &other) { return key(other) == key(victim); },
				stalled{victim.pid, victim.name, victim.doing, 0, 0});

	row.count += victim.count;
	row.ns += victim.ns;
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
	auto key = [](const culprit_stack &row) {
		return std::tie(row.tid, row.name, row.doing, row.kernel, row.user, row.holding,
				row.grade);
	};
	const std::uint64_t count = std::exchange(stack.count, 0), ns = std::exchange(stack.ns, 0);

	cut_astray(stack);
	culprit_stack &row = row_like(
		stalls.stacks, [&](const culprit_stack &other) { return key(other) == key(stack); },
		std::move(stack));
	row.count += count;
	row.ns += ns;
}

void sort(stalls &stalls, const auto &order)
{
	std::ranges::stable_sort(stalls.culprits, std::ranges::greater{}, order);
	std::ranges::stable_sort(stalls.stacks, std::ranges::greater{}, order);
	for (culprit &culprit : stalls.culprits)
		std::ranges::stable_sort(culprit.victims, std::ranges::greater{}, order);
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
				add_victim(culprit, {victim.id.pid, victim.name, victim.caller,
						     victim.aborts, 0});
			add_stack(result, {row.id.pid, row.tid, row.comm, row.syscall,
					   site.kernel_stack, site.user_stack, site.user_frames,
					   site.aborts, site.held.total_ns, holding, site.grade});
		}
		result.culprits.push_back(std::move(culprit));
	}
	sort(result, [](const auto &row) { return row.count; });
	return result;
}

void add_reader(stalls &stalls, const reader_row &reader, const waiting_writer &writer)
{
	auto same = [&](const auto &row) {
		return row.tid == reader.tid && row.name == reader.name && row.doing == reader.what;
	};
	culprit &culprit = row_like(stalls.culprits, same,
				    {reader.pid, reader.tid, reader.name, reader.what,
				     place_in(reader.stack), 0, 0, {}, false, true});

	culprit.count += reader.count;
	culprit.ns += reader.ns;
	culprit.grade = worse(culprit.grade, reader.grade);
	add_stack(stalls, {reader.pid, reader.tid, reader.name, reader.what, reader.stack,
			   reader.user_stack, reader.user_frames, reader.count, reader.ns, false,
			   reader.grade});
	add_victim(culprit, {writer.id.pid, writer.name, writer.system_call, reader.count, reader.ns});
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
	result.count = result.unknown;
	for (const culprit &culprit : result.culprits)
		result.count += culprit.count;
	sort(result, [](const auto &row) { return row.ns; });
	return result;
}

constexpr std::string_view fault_entries[] = {"exc_page_fault", "do_user_addr_fault"};

/** By whose system call, or by what is on its stack, it has mmap_lock. */
std::string what_it_does(const mmap_lock_holder &holder)
{
	const std::string_view read = holder.reads ? mmap_lock_reader_in(holder.kernel_stack).what : "";

	if (!read.empty())
		return std::string(read);
	if (std::ranges::any_of(holder.kernel_stack,
				[](const std::string &frame) { return is_one_of(frame, fault_entries); }))
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
	for (const mmap_lock_holder &holder : locked.holders) {
		const std::string doing = what_it_does(holder);
		auto same = [&](const culprit &row) {
			return row.tid == holder.tid && row.name == holder.comm && row.doing == doing &&
			       row.reads == holder.reads;
		};
		culprit &row = row_like(result.culprits, same,
					culprit{holder.id.pid, holder.tid, holder.comm, doing,
						place_in(holder.kernel_stack), 0, 0, {}, false, holder.reads,
						holder.grade});

		row.count += holder.count;
		row.ns += holder.ns;
		row.followed += holder.followed;
		row.grade = worse(row.grade, holder.grade);
		result.count += holder.count;
		for (const lock_waiter &waiter : holder.waiters)
			add_victim(row, {waiter.id.pid, waiter.name, how_blocked(waiter), waiter.count, waiter.ns});
		add_stack(result, {holder.id.pid, holder.tid, holder.comm, doing, holder.kernel_stack,
				   holder.user_stack, holder.user_frames, holder.count, holder.ns, false,
				   holder.grade});
	}
	sort(result, [](const auto &row) { return row.ns; });
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
