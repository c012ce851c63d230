// SPDX-License-Identifier: GPL-2.0-only
#include "output/top.hh"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "output/stalls.hh"
#include "output/table.hh"

namespace vmalock {

namespace {

using lines = std::vector<top_line>;

constexpr std::string_view help_text[] = {
	"up down j k PgUp PgDn Home End  select a row",
	"Enter              open the selected process",
	"left right Tab     show its mappings or threads, reasons, writers, readers",
	"Esc Backspace      drop the filter, or back to all processes",
	"s > <              sort by the next or previous column",
	"r                  reverse the order",
	"/                  show only rows that contain a text; Enter keeps it",
	"p Space            pause the screen; counting continues",
	"t                  per second in the last interval, or totals since the start",
	"+ -                longer or shorter intervals",
	"l w                show what was lost, by cause; who stands still, and why",
	"? h                show this help; any other key leaves it",
	"q Ctrl-C           quit",
	"",
	"SUCC  faults served under the VMA lock alone",
	"ABORT  VMA locks that were refused, to faults and to any other caller",
	"RETRY  faults that got the lock and had to come back for mmap_lock",
	"ON LOCK  SUCC as a share of all faults that tried",
	"TOP REASON  the most frequent reason of its aborts, read just after the refusal",
	"WRITER  the system call that refused it most often, or the process that did",
	"WAIT <  upper bound of its longest wait for mmap_lock or for readers",
	"HELD < MOST <  how long a writer held mmap_lock: bounds of median and longest",
	"SURE  that it was in the way: certain, likely or unknown; a ? means not certain",
};

/** A number that can be smaller than one, as short as it must be. */
std::string fitted(double value, std::size_t width)
{
	std::string result = value < 10 && value != std::floor(value)
				     ? fmt::format("{:.1f}", value)
				     : grouped(static_cast<std::uint64_t>(std::llround(value)));

	for (char unit : {'k', 'M', 'G', 'T', 'P', 'E'}) {
		if (result.size() <= width)
			break;
		value /= 1000;
		if (value < 1000)
			result = fmt::format("{:.3g}{}", value, unit);
	}
	return result;
}

/** The printable part of a name, which may be empty. */
std::string clean(std::string_view text, std::size_t width)
{
	return text.empty() ? "" : printable(text, width);
}

/** How the counts of a picture are written. */
struct writing {
	bool by_second;
	double seconds;

	explicit writing(const top &top)
		: by_second(!top.totals()),
		  seconds(top.shown() ? std::max(top.shown()->seconds, 1e-9) : 1)
	{
	}

	std::string title(const top_column &column) const
	{
		return std::string(column.title) +
		       (by_second && column.unit == top_unit::events ? "/S" : "");
	}

	std::string events(double count, std::size_t width) const
	{
		return fitted(by_second ? count / seconds : count, width);
	}

	std::string cell(const top_cell &cell, top_unit unit, std::size_t width) const
	{
		switch (unit) {
		case top_unit::text: return clean(cell.text, width);
		case top_unit::id: return cell.number > 0 ? fmt::format("{:.0f}", cell.number) : "-";
		case top_unit::events: return events(cell.number, width);
		case top_unit::number: return fitted(cell.number, width);
		case top_unit::share:
			return cell.number < 0 ? "-" : fmt::format("{:.1f}%", 100 * cell.number);
		case top_unit::duration: break;
		}
		if (cell.number <= 0)
			return "-";
		std::string result = duration(static_cast<std::uint64_t>(cell.number));
		std::erase(result, ' ');
		return result;
	}
};

/** The widths of as many columns as there is room for; what is left makes them wider. */
std::vector<std::size_t> widths_of(const std::vector<top_column> &columns, std::size_t room)
{
	std::vector<std::size_t> result;
	std::size_t used = 0;

	for (const top_column &column : columns) {
		// One in front of each: of the first it is where the marker stands.
		if (!result.empty() && used + 1 + column.width > room)
			break;
		used += 1 + column.width;
		result.push_back(column.width);
	}
	for (std::size_t i = 0; i < result.size() && used < room; i++) {
		const std::size_t more = std::min(std::max(columns[i].most, result[i]) - result[i],
						  room - used);

		result[i] += more;
		used += more;
	}
	return result;
}

/** @param text of each column, in its width */
template <class Text>
std::string row_of(char marker, const std::vector<top_column> &columns,
		   const std::vector<std::size_t> &widths, Text text)
{
	std::string result;

	for (std::size_t i = 0; i < widths.size(); i++) {
		const std::string cell = text(i, widths[i]);

		result += i ? ' ' : marker;
		result += columns[i].unit == top_unit::text ? fmt::format("{:<{}}", cell, widths[i])
							    : fmt::format("{:>{}}", cell, widths[i]);
	}
	return result;
}

std::string title_of(const top &top)
{
	std::string result = "vmalock top";

	if (!top.shown())
		return result + fmt::format("  tracing: the first interval ends after {:g} s",
					    top.interval());
	result += top.totals() ? fmt::format("  all {:.1f} s", top.shown()->seconds)
			       : fmt::format("  last {:.1f} s of {:.1f} s", top.shown()->seconds,
					     top.seconds_since_start());
	result += fmt::format(", every {:g} s", top.interval());
	if (top.paused())
		result += "  PAUSED";
	return result + "  Linux " + printable(top.shown()->kernel, 40);
}

std::string sums_of(const top &top)
{
	const writing writing(top);
	std::uint64_t success = 0, abort = 0, retry = 0;
	std::optional<std::uint64_t> tried = 0;
	auto events = [&](std::uint64_t count, std::string_view what) {
		return fmt::format("  {} {}{}", writing.events(static_cast<double>(count), 10), what,
				   writing.by_second ? "/s" : "");
	};

	if (!top.shown())
		return "";
	for (const group_row &row : top.shown()->rows) {
		success += row.success;
		abort += row.abort;
		retry += row.retry;
		tried = sum_if_known(tried, row.tried());
	}
	return "All processes:" + events(success, "success") + events(abort, "abort") +
	       events(retry, "retry") + (tried ? fmt::format("  {} on VMA lock", share(success, *tried)) : "");
}

std::string_view word_for(top_view view, vmalock_by by)
{
	switch (view) {
	case top_view::groups: return by == VMALOCK_BY_THREAD ? "threads" : "mappings";
	case top_view::reasons: return "reasons";
	case top_view::writers: return "writers";
	case top_view::readers: return "readers";
	default: return "";
	}
}

std::string title_of_rows(const top &top)
{
	switch (top.shown() ? top.shown()->by : VMALOCK_BY_PROCESS) {
	case VMALOCK_BY_COMM: return "Processes by name";
	case VMALOCK_BY_CGROUP: return "Cgroups";
	default: return "Processes";
	}
}

/** The process of the table, and the view. */
std::string place_of(const top &top)
{
	std::string result;

	if (top.view() == top_view::processes)
		return title_of_rows(top);
	if (top.view() == top_view::losses)
		return "Losses";
	if (top.view() == top_view::stalls)
		return "Stalls that stand";
	result = fmt::format("{}{}:", printable_end(top.opened_name(), 31),
			     top.opened().process.pid ? fmt::format(" ({})", top.opened().process.pid) : "");
	for (top_view view : {top_view::groups, top_view::reasons, top_view::writers, top_view::readers}) {
		const std::string_view word = word_for(view, top.shown()->by);

		result += view == top.view() ? fmt::format(" [{}]", word) : fmt::format("  {} ", word);
	}
	return result;
}

std::string order_of(const top &top)
{
	if (top.asks_filter())
		return fmt::format("  filter: {}_", clean(top.filter(), 30));
	if (!top.filter().empty())
		return fmt::format("  filter: {}", clean(top.filter(), 30));
	if (top.table().columns.empty())
		return "";
	return fmt::format("  by {}{}", writing(top).title(top.table().columns[top.sorted_by()]),
			   top.ascending() ? ", least first" : "");
}

void add_head(lines &out, const top &top)
{
	out.push_back({top_role::title, title_of(top)});
	out.push_back({top_role::title, sums_of(top)});
	if (const stall_report *standing = top.standing(); standing && !standing->stalls.empty())
		out.push_back({top_role::warning, "Stalled (w): " + headline(*standing)});
	out.push_back({top_role::title, place_of(top) + order_of(top)});
}

/** The table's heading, and @p room of its rows, the selected one among them. */
void add_table(lines &out, const top &top, std::size_t columns, std::size_t room)
{
	const top_table &table = top.table();
	const std::vector<std::size_t> widths = widths_of(table.columns, columns);
	const writing writing(top);
	const std::size_t first = top.selected() < room ? 0 : top.selected() - room + 1;

	if (!top.shown())
		return;
	out.push_back({top_role::heading, row_of(' ', table.columns, widths, [&](auto column, auto width) {
			return writing.title(table.columns[column]).substr(0, width);
		})});
	for (std::size_t i = first; i < std::min(first + room, table.rows.size()); i++) {
		const top_row &row = table.rows[i];
		const bool selected = i == top.selected();

		out.push_back({selected    ? top_role::selected
			       : row.quiet ? top_role::quiet
					   : top_role::row,
			       row_of(selected ? '>' : ' ', table.columns, widths,
				      [&](auto column, auto width) {
					      return writing.cell(row.cells[column],
								  table.columns[column].unit, width);
				      })});
	}
	if (table.rows.empty())
		out.push_back({top_role::row, " " + (top.filter().empty() ? table.empty
									    : "No row contains that text.")});
}

lines warnings_of(const top &top)
{
	lines result;

	if (top.lost())
		result.push_back({top_role::warning,
				  fmt::format("Lost: {} in this interval, {} in total; press l for the causes.",
					      grouped(top.lost_now()), grouped(top.lost()))});
	if (top.shown())
		for (const std::string &event : top.shown()->not_visible)
			result.push_back({top_role::warning, "Not visible here: " + one_line(event)});
	return result;
}

void add_help(lines &out, std::size_t first, std::size_t room)
{
	const std::size_t all = std::size(help_text);

	first = std::min(first, all > room ? all - room : 0);
	for (std::size_t i = first; i < std::min(first + room, all); i++)
		out.push_back({top_role::row, std::string(help_text[i])});
}

} // namespace

std::vector<top_line> to_lines(const top &top, std::size_t columns, std::size_t lines)
{
	const std::vector<top_line> warnings = warnings_of(top);
	std::vector<top_line> result;
	constexpr std::size_t heading = 1, keys = 1;

	if (top.help()) {
		result.push_back({top_role::title, "vmalock top: keys and columns"});
		add_help(result, top.help_line(), lines > 2 ? lines - 2 : 1);
	} else {
		add_head(result, top);
		const std::size_t around = result.size() + heading + warnings.size() + keys;
		add_table(result, top, columns, lines > around ? lines - around : 1);
	}
	const std::size_t foot = keys + (top.help() ? 0 : warnings.size());
	result.resize(std::max(lines, foot) - foot, {top_role::row, ""});
	if (!top.help())
		result.insert(result.end(), warnings.begin(), warnings.end());
	result.push_back({top_role::keys, top.help() ? "up and down scroll, any other key goes back"
						    : "? help  Enter open  s sort  / filter  p pause  t totals  "
						      "l lost  w stall  q quit"});
	result.resize(lines, {top_role::row, ""});
	for (top_line &line : result)
		line.text.resize(std::min(line.text.size(), columns));
	return result;
}

std::string to_text(const top &top, std::size_t columns, std::size_t rows)
{
	const std::size_t all = top.table().rows.size();
	std::vector<top_line> lines;
	std::string result;

	add_head(lines, top);
	add_table(lines, top, columns, std::max<std::size_t>(rows_shown(all, rows), 1));
	if (const std::string left_out = rest(all, rows, "--top 0"); !left_out.empty())
		lines.push_back({top_role::row, left_out});
	std::ranges::copy(warnings_of(top), std::back_inserter(lines));
	for (top_line &line : lines) {
		if (line.role == top_role::selected)
			line.text.front() = ' ';
		line.text.resize(std::min(line.text.find_last_not_of(' ') + 1, columns));
		result += line.text + "\n";
	}
	return result + "\n";
}

} // namespace vmalock
