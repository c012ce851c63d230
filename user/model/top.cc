// SPDX-License-Identifier: GPL-2.0-only
#include "model/top.hh"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "model/exited.hh"
#include "model/filter.hh"

namespace vmalock {

namespace {

constexpr std::ptrdiff_t page = 10;	// rows
constexpr std::size_t most_help_lines = 24;
constexpr double intervals[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60};

char lower(char letter)
{
	return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool contains(std::string_view text, std::string_view part)
{
	return part.empty() || !std::ranges::search(text, part, {}, lower, lower).empty();
}

bool is_of_process(top_view view)
{
	return view >= top_view::groups && view <= top_view::readers;
}

bool is_of_everything(top_view view)
{
	return view >= top_view::losses;
}

} // namespace

bool top::feed(snapshot now)
{
	if (!first) {
		first = last = std::move(now);
		return true;
	}
	if (is_paused) {
		newest = std::move(now);
		return false;
	}
	std::vector<top_row> was;
	if (current == top_view::processes && !since_start)
		was = std::move(made.rows);
	previous = std::move(last);
	last = std::move(now);
	compare_all();
	keep_quiet_rows(std::move(was));
	arrange();
	return true;
}

void top::compare_all()
{
	if (!previous)
		return;
	span = compare(start(), *last);
	lost_in_interval = count_of(last->losses) - count_of(previous->losses);
	lost_in_all = count_of(last->losses) - count_of(first->losses);
	made = table_of_view();
}

top_table top::table_of_view() const
{
	if (current == top_view::processes)
		return processes_table(start(), *last, *span);
	if (current == top_view::losses)
		return losses_table(first->losses, previous->losses, last->losses);
	if (current == top_view::stalls)
		return stalls_table(last->standing);

	// By comm, what is known of processes is known of those that have the name.
	std::set<group_id> one = {whole};
	if (last->by == VMALOCK_BY_COMM)
		one.merge(groups_named(*last, whole.comm.text()));
	const report of_one = compare(vmalock::filter(settled(start(), *last), one),
				      vmalock::filter(*last, one));
	switch (current) {
	case top_view::reasons: return reasons_table(of_one);
	case top_view::writers: return writers_table(of_one);
	case top_view::readers: return readers_table(of_one);
	default: return groups_table(of_one);
	}
}

/** A process without an event would vanish from under the eye: it stays for one interval. */
void top::keep_quiet_rows(std::vector<top_row> was)
{
	std::unordered_set<std::string_view> made_keys;

	for (const top_row &row : made.rows)
		made_keys.insert(row.key);
	std::erase_if(was, [&](const top_row &row) { return row.quiet || made_keys.contains(row.key); });
	for (top_row &row : was) {
		silence(row, made);
		made.rows.push_back(std::move(row));
	}
}

void top::arrange()
{
	arranged = {made.columns, {}, made.empty, made.sorted_by};
	std::ranges::copy_if(made.rows, std::back_inserter(arranged.rows),
			     [this](const top_row &row) { return matches(row); });
	std::ranges::stable_sort(arranged.rows, [this](const top_row &a, const top_row &b) {
		return precedes(a, b);
	});

	auto found = std::ranges::find(arranged.rows, state().selected, &top_row::key);
	if (found != arranged.rows.end())
		selected_row = static_cast<std::size_t>(found - arranged.rows.begin());
	else
		move(0);
}

bool top::matches(const top_row &row) const
{
	for (std::size_t column = 0; column < row.cells.size(); column++) {
		const top_cell &cell = row.cells[column];

		if (contains(made.columns[column].unit == top_unit::id
				     ? std::to_string(static_cast<std::uint64_t>(cell.number))
				     : cell.text, filter()))
			return true;
	}
	return false;
}

bool top::ascending() const
{
	const top_unit unit = made.columns[sorted_by()].unit;

	return (unit == top_unit::text || unit == top_unit::id) != state().reversed;
}

bool top::precedes(const top_row &a, const top_row &b) const
{
	const top_cell &left = a.cells[sorted_by()], &right = b.cells[sorted_by()];

	if (a.quiet != b.quiet)
		return b.quiet;
	if (left.text != right.text)
		return (left.text < right.text) == ascending();
	return left.number != right.number && (left.number < right.number) == ascending();
}

void top::move(std::ptrdiff_t rows)
{
	const auto count = static_cast<std::ptrdiff_t>(arranged.rows.size());
	const std::ptrdiff_t wanted = static_cast<std::ptrdiff_t>(selected_row) + rows;

	selected_row = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(wanted, 0,
									   std::max<std::ptrdiff_t>(count - 1, 0)));
	if (count)
		state().selected = arranged.rows[selected_row].key;
}

void top::show(top_view view)
{
	if (is_of_process(view))
		of_process = view;
	current = view;
	if (span)
		made = table_of_view();
	arrange();
}

/** The same key brings a view of everything, and back to where it was asked for. */
void top::show_or_leave(top_view view)
{
	if (current == view)
		return back();
	if (!is_of_everything(current))
		under = current;
	show(view);
}

void top::open()
{
	if (current != top_view::processes || arranged.rows.empty())
		return;
	whole = arranged.rows[selected_row].whole;
	name = arranged.rows[selected_row].cells[counts_processes(last->by) ? 1 : 0].text;
	show(of_process);
}

void top::back()
{
	if (!state().filter.empty()) {
		state().filter.clear();
		arrange();
	} else {
		show(is_of_everything(current) ? under : top_view::processes);
	}
}

void top::pause()
{
	is_paused = !is_paused;
	if (!is_paused && newest)
		feed(*std::exchange(newest, std::nullopt));
}

void top::change_column(std::size_t by)
{
	if (!made.columns.empty())
		state().column = (sorted_by() + by) % made.columns.size();
	state().reversed = false;
	arrange();
}

void top::change_interval(int by)
{
	if (by > 0) {
		auto longer = std::ranges::upper_bound(intervals, seconds_between);

		if (longer != std::end(intervals))
			seconds_between = *longer;
	} else {
		auto shorter = std::ranges::lower_bound(intervals, seconds_between);

		if (shorter != std::begin(intervals))
			seconds_between = *--shorter;
	}
}

void top::type(char letter)
{
	state().filter += letter;
	arrange();
}

void top::press_in_filter(top_key key)
{
	if (key == top_key::open)
		asking = false;
	if (key == top_key::back) {
		asking = false;
		state().filter.clear();
	}
	if (key == top_key::erase && !state().filter.empty())
		state().filter.pop_back();
	arrange();
}

/** Was the key meant for the help? */
bool top::press_in_help(top_key key)
{
	switch (key) {
	case top_key::up: first_help_line -= first_help_line > 0; return true;
	case top_key::down: first_help_line += first_help_line < most_help_lines; return true;
	case top_key::quit: return false;
	default:
		shows_help = false;
		first_help_line = 0;
		return true;
	}
}

void top::press(top_key key)
{
	const auto views = static_cast<int>(top_view::readers) - static_cast<int>(top_view::groups) + 1;
	auto turned = [this](int by) {
		const int at = static_cast<int>(current) - static_cast<int>(top_view::groups);

		return static_cast<top_view>(static_cast<int>(top_view::groups) + (at + by) % views);
	};

	if (asking)
		return press_in_filter(key);
	if (shows_help && press_in_help(key))
		return;
	switch (key) {
	case top_key::up: return move(-1);
	case top_key::down: return move(1);
	case top_key::page_up: return move(-page);
	case top_key::page_down: return move(page);
	case top_key::home: return move(-static_cast<std::ptrdiff_t>(arranged.rows.size()));
	case top_key::end: return move(static_cast<std::ptrdiff_t>(arranged.rows.size()));
	case top_key::open: return open();
	case top_key::erase:
	case top_key::back: return back();
	case top_key::next_view:
		if (is_of_process(current))
			show(turned(1));
		return;
	case top_key::previous_view:
		if (is_of_process(current))
			show(turned(views - 1));
		return;
	case top_key::next_column: return change_column(1);
	case top_key::previous_column: return change_column(made.columns.size() - 1);
	case top_key::reverse:
		state().reversed = !state().reversed;
		return arrange();
	case top_key::filter:
		asking = true;
		return;
	case top_key::pause: return pause();
	case top_key::faster: return change_interval(-1);
	case top_key::slower: return change_interval(1);
	case top_key::totals:
		since_start = !since_start;
		compare_all();
		return arrange();
	case top_key::losses: return show_or_leave(top_view::losses);
	case top_key::stalls: return show_or_leave(top_view::stalls);
	case top_key::help:
		shows_help = true;
		return;
	case top_key::quit:
		has_quit = true;
		return;
	}
}

} // namespace vmalock
