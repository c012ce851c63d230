// SPDX-License-Identifier: GPL-2.0-only
#include <algorithm>

#include "model/kernel_functions.hh"
#include "output/stalls.hh"
#include "output/table.hh"

namespace vmalock {

namespace {

/** Frames of a holder's stack that are shown: where it sleeps, and in what. */
constexpr std::size_t most_frames = 6;

std::string threads(std::uint64_t count)
{
	return grouped(count) + (count == 1 ? " thread" : " threads");
}

std::string who(const std::string &name, std::uint32_t pid, std::uint32_t tid)
{
	return fmt::format("{} {}/{}", printable(name, 15), pid, tid);
}

std::string who(const waiting_threads &row)
{
	if (row.tids.size() == 1)
		return who(row.name, row.pid, row.tids.front());
	return fmt::format("{} {} ({} x)", printable(row.name, 15), row.pid, grouped(row.tids.size()));
}

/** Its file, or where it is. */
std::string place_of(const awaited_vma &vma)
{
	return vma.file.empty() ? fmt::format("{:x}-{:x}", vma.start, vma.end) : printable(vma.file, 31);
}

/** What stands in the way, and why: without the words for how many it makes wait. */
struct cause {
	std::string who, why;
};

cause cause_of(const address_space_stall &stall)
{
	const lock_holder *first = stall.writer		   ? &*stall.writer
				   : stall.readers.empty() ? nullptr
							   : &stall.readers.front();

	if (!first)
		return {fmt::format("mmap_lock of {}/{}", printable(stall.name, 15), stall.pid),
			stall.unseen_writer	     ? "who has it to write was not seen"
			: !stall.readers_counted     ? "whoever had it let go meanwhile"
			: stall.readers_counted == 1 ? "its reader was not found"
						     : "its readers were not found"};
	std::string who = fmt::format("{} of {}/{}", printable(first->doing, 20), printable(first->name, 15), first->pid);
	if (stall.vma)
		return {std::move(who), fmt::format("it waits for {} of {}", stall.readers_counted == 1 ? "a reader" : "readers",
						    place_of(*stall.vma))};
	return {std::move(who), first->why.empty() ? "" : printable(first->why, 56)};
}

/** "munmap of server/812 keeps 11 threads waiting" */
std::string who_waits(const address_space_stall &stall, const std::string &who)
{
	// The writer that waits for readers is told of by itself.
	const std::uint64_t others = stall.threads - (stall.vma ? 1 : 0);

	return others ? fmt::format("{} keeps {} waiting", who, threads(others)) : who + " waits";
}

/** "for 31 s: it waits for a reader of file." */
std::string how_long_and_why(const address_space_stall &stall, const std::string &why)
{
	return fmt::format("for {}{}{}.", duration(stall.ns), why.empty() ? "" : ": ", why);
}

void add_sentence(buffer &out, const address_space_stall &stall)
{
	const auto [who, why] = cause_of(stall);

	line(out, "{},", who_waits(stall, who));
	line(out, "    {}\n", how_long_and_why(stall, why));
}

void add_row(buffer &out, std::string_view role, const std::string &who, const std::string &doing,
	     std::uint64_t ns, const std::string &what)
{
	line(out, "{:<9} {:<26} {:<15} {:>7}  {}", role, who, printable(doing, 15), duration(ns), what);
}

void add_owner(buffer &out, std::string_view role, const lock_keeper &row)
{
	add_row(out, role, who(row.name, row.pid, row.tid), row.doing, row.off_cpu_ns, std::string(key_of(row.grade)));
	if (!row.why.empty() && row.waits_for != VMALOCK_WAITS_FOR_READERS)
		line(out, "{:<10}{}", "", printable(row.why, 69));
}

void add_unknown(buffer &out, const address_space_stall &stall)
{
	const std::string counted = fmt::format("{} counted", stall.readers_counted == 1
								      ? "1 reader"
								      : grouped(stall.readers_counted) + " readers");

	if (stall.leaked)
		line(out, "{:<10}unknown: {}, no task has it at hand: perhaps leaked", "", counted);
	else if (stall.suspects)
		line(out, "{:<10}unknown: {}; {} sleep where a reader can", "", counted, threads(stall.suspects));
	else if (stall.readers_unknown)
		line(out, "{:<10}unknown: {} of {} readers", "", grouped(stall.readers_unknown),
		     grouped(stall.readers_counted));
}

void add_stack(buffer &out, const lock_keeper &row)
{
	const auto stack = without_plumbing(row.stack);

	for (std::size_t i = 0; i < std::min(stack.size(), most_frames); i++)
		line(out, "{:<10}{} {}", "", i ? "  " : "in", printable(stack[i], 60));
}

/** Who keeps it asleep, with other locks. */
void add_lock_owners(buffer &out, const lock_holder &row)
{
	for (const lock_keeper &owner : row.lock_owners) {
		add_owner(out, "  owner", owner);
		add_stack(out, owner);
	}
}

void add_holders(buffer &out, const address_space_stall &stall, std::size_t rows)
{
	if (stall.writer)
		add_owner(out, "holds", *stall.writer);
	if (stall.vma)
		line(out, "{:<10}waits for readers of {:x}-{:x} {}", "", stall.vma->start, stall.vma->end,
		     stall.vma->file.empty() ? "" : printable(stall.vma->file, 22));
	for (std::size_t i = 0; i < rows_shown(stall.readers.size(), rows); i++) {
		add_owner(out, stall.vma ? " reader" : "reads", stall.readers[i]);
		add_stack(out, stall.readers[i]);
		add_lock_owners(out, stall.readers[i]);
	}
	if (stall.writer && !stall.vma) {
		add_stack(out, *stall.writer);
		add_lock_owners(out, *stall.writer);
	}
	add_unknown(out, stall);
}

/** What the last in the chain needs. */
void add_advice(buffer &out, const address_space_stall &stall)
{
	const lock_holder *holder = !stall.readers.empty() ? &stall.readers.front()
				    : stall.writer	   ? &*stall.writer
							   : nullptr;
	const lock_keeper *last = holder && !holder->lock_owners.empty() ? &holder->lock_owners.back() : holder;
	constexpr std::string_view label = "What to do: ";

	if (last && !last->what_to_do.empty()) {
		fmt::format_to(std::back_inserter(out), "{}", label);
		add_wrapped(out, printable(last->what_to_do, 160), label.size());
	}
}

void add_stall(buffer &out, const address_space_stall &stall, std::size_t rows)
{
	if (!stall.cycle.empty()) {
		std::string way;

		for (const std::string &process : stall.cycle)
			way += (way.empty() ? "" : " -> ") + printable(process, 26);
		line(out, "DEADLOCK, each waits for the next: {}", way);
	}
	add_sentence(out, stall);
	line(out, "{:<9} {:<26} {:<15} {:>7}", "", "PROCESS AND THREAD", "IN", "FOR");
	add_holders(out, stall, rows);
	for (std::size_t i = 0; i < rows_shown(stall.behind.size(), rows); i++) {
		const waiting_threads &row = stall.behind[i];

		add_row(out, " behind", who(row), row.doing, row.ns,
			row.waits_for == VMALOCK_WAITS_TO_WRITE ? "to write" : "to read");
		if (row.of_another)
			line(out, "{:<10}mmap_lock of {}/{}", "", printable(stall.name, 15), stall.pid);
	}
	add_rest(out, stall.behind.size(), rows);
	if (stall.more_behind)
		line(out, "{:<10}more wait than a look takes in", "");
	add_advice(out, stall);
}

void add_stalls(buffer &out, const stall_report &report, std::size_t rows)
{
	for (std::size_t i = 0; i < rows_shown(report.stalls.size(), rows); i++) {
		add_stall(out, report.stalls[i], rows);
		line(out, "");
	}
	add_rest(out, report.stalls.size(), rows);
}

} // namespace

void add_standing(buffer &out, const std::optional<stall_report> &standing, std::size_t rows)
{
	if (!standing || standing->stalls.empty())
		return;
	line(out, "STANDING SINCE BEFORE THIS BEGAN:");
	add_stalls(out, *standing, rows);
}

std::string headline(const stall_report &report)
{
	if (report.stalls.empty())
		return "";
	const address_space_stall &worst = report.stalls.front();
	const std::size_t more = report.stalls.size() - 1;

	return fmt::format("{}{} for {}{}", worst.cycle.empty() ? "" : "deadlock: ",
			   who_waits(worst, cause_of(worst).who), duration(worst.ns),
			   more ? fmt::format(" (and {} more)", grouped(more)) : "");
}

std::string first_sentence(const stall_report &report)
{
	const address_space_stall &worst = report.stalls.front();
	const auto [who, why] = cause_of(worst);

	return fmt::format("{}, {}", who_waits(worst, who), how_long_and_why(worst, why));
}

std::string to_text(const stall_report &report, std::size_t rows)
{
	buffer out;

	add_stalls(out, report, rows);
	if (report.left_out)
		line(out, "{} left out by --over or -p.", grouped(report.left_out));
	else if (report.stalls.empty())
		line(out, "Nobody waits for mmap_lock or for readers of a VMA.");
	for (const std::string &what : report.not_visible)
		line(out, "Not visible here: {}", what);
	line(out, "Linux {}, looked for {}.", printable(report.kernel, 40),
	     duration(static_cast<std::uint64_t>(report.seconds * 1e9)));
	return fmt::to_string(out);
}

} // namespace vmalock
