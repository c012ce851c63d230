// SPDX-License-Identifier: GPL-2.0-only
#include <algorithm>

#include "model/kernel_functions.hh"
#include "output/blame.hh"
#include "output/followed_holds.hh"
#include "output/losses.hh"
#include "output/stalls.hh"
#include "output/table.hh"
#include "output/user_frames.hh"

namespace vmalock {

namespace {

constexpr std::size_t columns = 80, most_victims = 5, most_sleeps = 2, most_frames = 24;

/** One direction in its own words. */
struct wording {
	std::string_view nobody;	///< if nothing was stalled
	std::string_view title;
	std::string_view who, count, ns;	///< of the columns
	std::string_view unknown;
	std::uint64_t (*weight)(const culprit &);	///< what the share is of
	std::uint64_t (*whole)(const stalls &);
	std::string_view (*mode)(const culprit &) = nullptr;	///< in which it had the lock, if that is to be said
};

constexpr wording of_writers = {
	"No writer was seen that blocked a VMA lock.",
	"WHO STALLS WHOM: writers that made faults and others fail to get a VMA lock",
	"WRITER", "ABORTS", "HELD",
	"no writer can be named",
	[](const culprit &row) { return row.count; },
	[](const stalls &all) { return all.count; },
};

constexpr wording of_readers = {
	"No writer waited for readers of a mapping.",
	"AND IN RETURN: readers of a mapping that kept its writers waiting",
	"READER", "WAITS", "TIME",
	"the reader was not found",
	[](const culprit &row) { return row.ns; },
	[](const stalls &all) { return all.ns; },
};

constexpr wording of_mmap_lock = {
	"Nobody was seen to have mmap_lock while others were blocked on it.",
	"AND FOR mmap_lock: who had it while others were blocked on it",
	"HOLDER", "IN THE WAY", "TIME",
	"nobody is known to have had it",
	[](const culprit &row) { return row.ns; },
	[](const stalls &all) { return all.ns; },
	[](const culprit &row) -> std::string_view { return row.reads ? ", to read" : ", to write"; },
};

/** The time that is nobody's: the culprits' parts of it do not overlap. */
std::uint64_t rest_of_time(const stalls &stalls)
{
	std::uint64_t result = stalls.ns;

	for (const culprit &row : stalls.culprits)
		result -= std::min(result, row.ns);
	return result;
}

std::string doing(const culprit &row, std::size_t width)
{
	return row.doing.empty() ? "(none)" : printable(row.doing, width);
}

std::string thread(std::uint32_t tid)
{
	return tid ? fmt::format("thread {}", tid) : "exited";
}

/** "mapper (thread 7) in mprotect:" */
void add_who(buffer &out, const culprit &worst, std::string_view link)
{
	line(out, "{} ({}){} {}:", printable(worst.name, 15), thread(worst.tid), link, doing(worst, 40));
}

void add_mmap_lock_sentence(buffer &out, const stalls &stalls)
{
	const culprit &worst = stalls.culprits.front();

	add_who(out, worst, " in");
	line(out, "    had mmap_lock for {} of the {} that others waited: {}.",
	     share(worst.ns, stalls.ns), duration(stalls.ns), key_of(worst.grade));
}

void add_writers_sentence(buffer &out, const stalls &stalls)
{
	const culprit &worst = stalls.culprits.front();

	add_who(out, worst, " in");
	line(out, "    caused {} of {} aborts{}: {}.", share(worst.count, stalls.count), grouped(stalls.count),
	     worst.holding ? ", and still holds mmap_lock" : "", key_of(worst.grade));
}

void add_readers_sentence(buffer &out, const stalls &stalls)
{
	const culprit &worst = stalls.culprits.front();

	add_who(out, worst, ",");
	line(out, "    caused {} of the {} that writers waited for readers: {}.",
	     share(worst.ns, stalls.ns), duration(stalls.ns), key_of(worst.grade));
}

bool has_culprit(const std::optional<stalls> &direction)
{
	return direction && !direction->culprits.empty();
}

/** What a tired engineer needs; first in which relation most time was lost. An abort costs none by itself. */
void add_sentences(buffer &out, const blame_report &report)
{
	const bool locked = has_culprit(report.mmap_lock), read = has_culprit(report.readers);
	const bool locked_first = locked && (!read || report.mmap_lock->ns > report.readers->ns);

	if (locked_first)
		add_mmap_lock_sentence(out, *report.mmap_lock);
	if (has_culprit(report.writers))
		add_writers_sentence(out, *report.writers);
	if (read)
		add_readers_sentence(out, *report.readers);
	if (locked && !locked_first)
		add_mmap_lock_sentence(out, *report.mmap_lock);
}

void add_victims(buffer &out, const culprit &culprit, std::size_t most)
{
	for (std::size_t i = 0; i < rows_shown(culprit.victims.size(), most); i++) {
		const stalled &row = culprit.victims[i];

		line(out, "  -> {:<15} {:>7} {:<20} {:>11}{}", printable(row.name, 15), id_in_words(row.pid),
		     row.doing.empty() ? "(none)" : printable(row.doing, 20), grouped(row.count),
		     row.ns ? fmt::format(" {:>9}", duration(row.ns)) : "");
	}
	if (const std::string left_out = rest(culprit.victims.size(), most); !left_out.empty())
		line(out, "  -> {}", left_out);
}

void add_direction(buffer &out, const stalls &stalls, const wording &words, std::size_t rows)
{
	line(out, "");
	if (!stalls.count) {
		line(out, "{}", words.nobody);
		return;
	}
	line(out, "{}", words.title);
	line(out, "{:<16} {:>7} {:<24} {:>11} {:>9} {:>8}", words.who, "TID", "IN", words.count,
	     words.ns, "SHARE");
	for (std::size_t i = 0; i < rows_shown(stalls.culprits.size(), rows); i++) {
		const culprit &row = stalls.culprits[i];

		line(out, "{:<16} {:>7} {:<24} {:>11} {:>9} {:>8}", printable(row.name, 16), id_in_words(row.tid),
		     doing(row, 24), grouped(row.count), row.ns ? duration(row.ns) : "unknown",
		     share(words.weight(row), words.whole(stalls)));
		if (row.holding)
			line(out, "     {}, still holds mmap_lock, in {}", key_of(row.grade),
			     row.function.empty() ? "an unknown function" : printable(row.function, 40));
		else
			line(out, "     {}{}{}{}", key_of(row.grade), words.mode ? words.mode(row) : "",
			     row.function.empty() ? "" : ", from ", printable(row.function, 50));
		add_followed(out, row.followed, rows ? most_sleeps : 0);
		add_victims(out, row, rows ? most_victims : 0);
	}
	add_rest(out, stalls.culprits.size(), rows);
	if (stalls.lost_begins)
		line(out, "likely at best: begins of holds were lost, which hides who had it before");
	if (stalls.unknown)
		line(out, "unknown: {} of {} ({}), {}", grouped(stalls.unknown), grouped(stalls.count),
		     share(stalls.unknown, stalls.count), words.unknown);
	if (const std::uint64_t ns = words.mode ? rest_of_time(stalls) : 0)
		line(out, "in no known hold: {} of {} ({}), such as until waiters ran again", duration(ns),
		     duration(stalls.ns), share(ns, stalls.ns));
}

/** Its functions below each other, innermost first. */
void add_frames(buffer &out, std::string_view where, const std::vector<std::string> &frames)
{
	for (std::size_t i = 0; i < std::min(frames.size(), most_frames); i++)
		line(out, "   {:<7}{}", i ? "" : where, frames[i]);
	if (frames.size() > most_frames)
		line(out, "   {:<7}... and {} more", "", grouped(frames.size() - most_frames));
}

/** With the build-id where there is no name for the function, so that it can be looked for. */
std::string shown(const user_frame &frame)
{
	constexpr std::size_t width = columns - 10;
	const std::string name = printable(name_of(frame), width);
	const std::string file = printable(frame.file.substr(frame.file.rfind('/') + 1), 20);

	if (!frame.function.empty() && name.size() + file.size() + 3 <= width && !frame.file.empty())
		return name + " (" + file + ")";
	if (frame.function.empty() && !frame.build_id.empty() && name.size() + frame.build_id.size() + 1 <= width)
		return name + " " + printable(frame.build_id, width);
	return name;
}

void add_user_frames(buffer &out, const culprit_stack &stack)
{
	std::vector<std::string> frames;

	for (const user_frame &frame : stack.user_frames)
		frames.push_back(shown(frame));
	if (stack.user_frames.empty())
		for (std::uint64_t address : stack.user)
			frames.push_back(fmt::format("{:#x}", address));
	add_frames(out, "user", frames);
	if (process_was_gone(stack.user_frames))
		line(out, "   {:<7}(no names: the process had exited when vmalock looked)", "");
	else if (stack.user_frames.empty() && !stack.user.empty())
		line(out, "   {:<7}(no names: not requested, or not found in time)", "");
}

void add_stacks(buffer &out, const stalls &stalls, std::string_view title, std::size_t most)
{
	if (stalls.stacks.empty())
		return;
	line(out, "");
	line(out, "{}", title);
	for (std::size_t i = 0; i < rows_shown(stalls.stacks.size(), most); i++) {
		const culprit_stack &stack = stalls.stacks[i];
		std::vector<std::string> kernel;

		for (const std::string &function : without_plumbing(stack.kernel))
			kernel.push_back(printable(function, columns - 10));
		line(out, "{}. {} {}, {}: {} x, {}{}", i + 1, printable(stack.name, 15), id_in_words(stack.tid),
		     stack.doing.empty() ? "(none)" : printable(stack.doing, 20), grouped(stack.count),
		     stack.ns ? duration(stack.ns) : "time unknown", stack.holding ? " so far" : "");
		add_frames(out, "kernel", kernel);
		add_user_frames(out, stack);
		if (kernel.empty() && stack.user.empty())
			line(out, "   no stack is known");
	}
	add_rest(out, stalls.stacks.size(), most);
}

bool stalled_nobody(const std::optional<stalls> &direction)
{
	return !direction || !direction->count;
}

} // namespace

std::string to_text(const blame_report &report, const blame_rows &rows)
{
	buffer out;

	add_standing(out, report.standing, rows.culprits);
	add_sentences(out, report);
	if (report.writers)
		add_direction(out, *report.writers, of_writers, rows.culprits);
	if (report.readers)
		add_direction(out, *report.readers, of_readers, rows.culprits);
	if (report.mmap_lock)
		add_direction(out, *report.mmap_lock, of_mmap_lock, rows.culprits);
	if (report.writers)
		add_stacks(out, *report.writers, "Where these writers were, innermost function first:", rows.stacks);
	if (report.readers)
		add_stacks(out, *report.readers, "Where these readers were:", rows.stacks);
	if (report.mmap_lock)
		add_stacks(out, *report.mmap_lock, "Where these were when they released mmap_lock:", rows.stacks);
	if (!report.standing && stalled_nobody(report.writers) && stalled_nobody(report.readers) &&
	    stalled_nobody(report.mmap_lock))
		line(out, "A stall that began before has no events: 'vmalock now' finds it.");
	add_missing(out, report.losses, false, report.not_visible);
	return fmt::to_string(out);
}

} // namespace vmalock
