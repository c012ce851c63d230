// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>
#include <map>
#include <ranges>

#include "model/words.hh"
#include "output/folded.hh"
#include "output/stalls.hh"

namespace vmalock {

namespace {

using frames = std::vector<std::string>;

/** Readers that one frame names. */
constexpr std::size_t most_names = 3;

void add(frames &out, const std::string &who, const std::string &doing, const stack_names &stack)
{
	out.push_back(folded_frame(who));
	out.push_back(folded_frame(doing));
	add_kernel_frames(out, stack);
}

std::string who(const lock_keeper &row)
{
	return fmt::format("{} {}/{}", row.name, row.pid, row.tid);
}

/** What it does, and why it does not let go. */
void add(frames &out, const lock_keeper &row)
{
	const bool say_why = !row.why.empty() && row.waits_for != VMALOCK_WAITS_FOR_READERS;

	add(out, who(row), row.doing + (say_why ? ": " + row.why : ""), row.stack);
}

/** After those who keep it asleep. */
void add_with_owners(frames &out, const lock_holder &row)
{
	for (const lock_keeper &owner : row.lock_owners | std::views::reverse)
		add(out, owner);
	add(out, row);
}

/** All that the lock counts, in one frame: nobody knows which of them keeps others waiting longest. */
std::string readers_in_words(const address_space_stall &stall)
{
	const char *plural = stall.readers_counted == 1 ? "" : "s";
	std::vector<std::string> names;

	if (stall.readers.empty())
		return fmt::format("{} unknown reader{}", stall.readers_counted, plural);
	for (const lock_holder &reader : stall.readers | std::views::take(most_names))
		names.push_back(who(reader));
	if (stall.readers.size() > most_names)
		names.push_back(fmt::format("{} more", stall.readers.size() - most_names));
	if (stall.readers_unknown)
		names.push_back(fmt::format("{} unknown", stall.readers_unknown));
	return fmt::format("{} reader{}: {}", stall.readers_counted, plural, listed(names));
}

/** Who is in the way of the writer, or of all if there is none. */
frames readers_of(const address_space_stall &stall)
{
	frames result;

	if (stall.unseen_writer || (!stall.writer && !stall.readers_counted))
		result = {"[unknown]", folded_frame(fmt::format("mmap_lock of {}/{}", stall.name, stall.pid))};
	else if (stall.readers.size() == 1 && !stall.readers_unknown)
		add_with_owners(result, stall.readers.front());
	else if (stall.readers_counted)
		result.push_back(folded_frame(readers_in_words(stall)));
	return result;
}

using waiting_ns = std::map<frames, std::uint64_t>;

void fold(waiting_ns &all, const address_space_stall &stall, const std::map<std::uint32_t, const blocked_task *> &tasks)
{
	frames in_the_way = readers_of(stall);

	if (stall.writer) {
		add_with_owners(in_the_way, *stall.writer);
		if (stall.vma)
			all[in_the_way] += stall.writer->off_cpu_ns;
	}
	for (const waiting_threads &row : stall.behind)
		for (const std::uint32_t tid : row.tids) {
			const blocked_task &task = *tasks.at(tid);
			frames whole = in_the_way;

			add(whole, fmt::format("{} {}", row.name, row.pid), row.doing, task.stack);
			all[whole] += task.off_cpu_ns;
		}
}

} // namespace

std::vector<folded_stack> fold(const stall_report &report, const blocked_look &look)
{
	constexpr std::uint64_t ns_of_ms = 1000000;
	std::map<std::uint32_t, const blocked_task *> tasks;
	waiting_ns all;
	std::vector<folded_stack> result;

	for (const blocked_task &task : look.tasks)
		tasks.emplace(task.tid, &task);
	for (const address_space_stall &stall : report.stalls)
		fold(all, stall, tasks);
	for (const auto &[stack, ns] : all)
		if (ns >= ns_of_ms)
			result.push_back({stack, ns / ns_of_ms});
	return result;
}

} // namespace vmalock
