// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The tables of `vmalock top`, with numbers still numbers. Pure.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/report.hh"

namespace vmalock {

/** What a column holds, which decides how it is written and sorted. */
enum class top_unit {
	text,
	id,		///< of a process or thread
	events,		///< a count that can be shown by second too
	number,
	share,		///< of 1; below zero: of nothing
	duration,	///< ns; zero: none
};

struct top_column {
	std::string_view title;
	top_unit unit;
	std::size_t width;	///< columns of the terminal that it needs
	std::size_t most = 0;	///< that it can make use of, if more
};

struct top_cell {
	std::string text;	///< of top_unit::text
	double number = 0;	///< of all others
};

struct top_row {
	std::string key;		///< tells it from others, in each interval
	group_id whole;			///< that it can be opened as, in the table of processes
	std::vector<top_cell> cells;
	bool quiet = false;		///< it had no event, and is about to go
};

struct top_table {
	std::vector<top_column> columns;	///< the most important first
	std::vector<top_row> rows;		///< most events first
	std::string empty;			///< a sentence, should there be no row
	std::size_t sorted_by = 0;		///< which column, unless the user wants another
};

/** Each process, name or cgroup, with what stalled it most. */
top_table processes_table(const snapshot &before, const snapshot &after, const report &report);

/** Make a row of that @p table say that the process had no event. */
void silence(top_row &row, const top_table &table);

/** @name Of one row of it: @p report is of what happened to it alone. */
///@{
/** Its mappings or threads, whichever are counted apart. */
top_table groups_table(const report &report);
/** Why its faults left the VMA lock, or never tried it. */
top_table reasons_table(const report &report);
/** Who refused it VMA locks. */
top_table writers_table(const report &report);
/** Who kept its writers waiting. */
top_table readers_table(const report &report);
///@}

/** Who stands still, who is in the way, and why; of the worst stall first. */
top_table stalls_table(const std::optional<stall_report> &standing);

/** What is missing by cause, of what happened since @p first and since @p previous. */
top_table losses_table(const loss_counts &first, const loss_counts &previous,
		       const loss_counts &last);

/** Events that are missing, of whatever cause. */
std::uint64_t count_of(const loss_counts &losses);

} // namespace vmalock
