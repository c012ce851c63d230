// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock top`, without a terminal: snapshots and keys in, tables out. Pure,
 * and of one thread.
 */
#pragma once

#include <array>
#include <optional>
#include <string>

#include "model/top_tables.hh"

namespace vmalock {

enum class top_view {
	processes,
	groups,	///< and the next three: of one process
	reasons,
	writers,
	readers,
	losses,	///< and the next: of everything
	stalls,
};
constexpr std::size_t top_view_nr = 7;

enum class top_key {
	up, down, page_up, page_down, home, end,
	open, back, next_view, previous_view,
	next_column, previous_column, reverse, filter, erase,
	pause, faster, slower, totals, losses, stalls, help, quit,
};

class top {
public:
	/** @param interval_seconds in which snapshots come, as far as it is known */
	explicit top(double interval_seconds) : seconds_between(interval_seconds) {}

	/**
	 * What was counted so far. The first one is the start.
	 * @return whether there is something else to be seen
	 */
	bool feed(snapshot now);

	void press(top_key key);

	/** @name While it asks for a filter, letters are part of it, and no keys. */
	///@{
	bool asks_filter() const { return asking; }
	void type(char letter);
	///@}

	/** The user has had enough. */
	bool quit() const { return has_quit; }
	/** The length of intervals that the user wants, in seconds. */
	double interval() const { return seconds_between; }

	/** @name What is to be seen */
	///@{
	/** Nothing: the first interval has not ended. */
	const std::optional<report> &shown() const { return span; }
	top_view view() const { return current; }
	/** Filtered and sorted. */
	const top_table &table() const { return arranged; }
	/** Of the selected row; zero if there is none. */
	std::size_t selected() const { return selected_row; }
	/** By which column the table is sorted, and whether the least comes first. */
	std::size_t sorted_by() const { return state().column.value_or(made.sorted_by); }
	bool ascending() const;
	const std::string &filter() const { return state().filter; }
	/** The process, name or cgroup that is open, and what it is called; the view may be another's. */
	const std::string &opened_name() const { return name; }
	const group_id &opened() const { return whole; }
	bool paused() const { return is_paused; }
	/** Since the start, rather than by second in the last interval. */
	bool totals() const { return since_start; }
	bool help() const { return shows_help; }
	/** The first line of the help. */
	std::size_t help_line() const { return first_help_line; }
	/** Events that are missing in the last interval, and since the start. */
	std::uint64_t lost_now() const { return lost_in_interval; }
	std::uint64_t lost() const { return lost_in_all; }
	/** What stands still, by the latest look; NULL if there was none. */
	const stall_report *standing() const { return last && last->standing ? &*last->standing : nullptr; }
	double seconds_since_start() const { return last->seconds - first->seconds; }
	///@}

private:
	/** How one view is looked at; kept while others are. */
	struct view_state {
		std::optional<std::size_t> column;	///< nothing: the table's own choice
		bool reversed = false;
		std::string filter;
		std::string selected;			///< key of the row
	};

	view_state &state() { return states[static_cast<std::size_t>(current)]; }
	const view_state &state() const { return states[static_cast<std::size_t>(current)]; }
	const snapshot &start() const { return since_start ? *first : *previous; }

	void compare_all();
	top_table table_of_view() const;
	void keep_quiet_rows(std::vector<top_row> was);
	void arrange();
	bool matches(const top_row &row) const;
	bool precedes(const top_row &a, const top_row &b) const;
	void move(std::ptrdiff_t rows);
	void show(top_view view);
	void show_or_leave(top_view view);
	void open();
	void back();
	void pause();
	void change_column(std::size_t by);
	void change_interval(int by);
	void press_in_filter(top_key key);
	bool press_in_help(top_key key);

	std::optional<snapshot> first, previous, last;
	std::optional<snapshot> newest;		///< that came while paused
	std::optional<report> span;		///< of all processes
	std::uint64_t lost_in_interval = 0, lost_in_all = 0;
	top_table made, arranged;
	std::array<view_state, top_view_nr> states;
	top_view current = top_view::processes;
	top_view of_process = top_view::groups;	///< the one to open it with
	top_view under = top_view::processes;		///< a view of everything
	group_id whole;
	std::string name;
	std::size_t selected_row = 0, first_help_line = 0;
	double seconds_between;
	bool asking = false, is_paused = false, since_start = false, shows_help = false,
	     has_quit = false;
};

} // namespace vmalock
