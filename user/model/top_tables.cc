// SPDX-License-Identifier: GPL-2.0-only
#include "model/top_tables.hh"

#include <algorithm>
#include <map>
#include <numeric>

#include "model/kernel_functions.hh"
#include "model/words.hh"

namespace vmalock {

namespace {

top_cell text(std::string_view words)
{
	return {std::string(words), 0};
}

template <class Number>
top_cell number(Number value)
{
	return {{}, static_cast<double>(value)};
}

/** Below zero if there is none, or none is known. */
top_cell share(std::uint64_t part, std::optional<std::uint64_t> whole)
{
	return number(whole.value_or(0) ? static_cast<double>(part) / static_cast<double>(*whole) : -1.0);
}

std::string key_of(process_id id)
{
	return std::to_string(id.pid) + " " + std::to_string(id.start_ns);
}

std::string key_of(const group_id &whole)
{
	return key_of(whole.process) + " " + std::to_string(whole.cgroup) + " " + whole.comm.text();
}

std::string hexadecimal(std::uint64_t value)
{
	constexpr std::string_view digits = "0123456789abcdef";
	std::string result;

	do
		result.insert(result.begin(), digits[value % 16]);
	while (value /= 16);
	return result;
}

std::string range(std::uint64_t start, std::uint64_t end)
{
	return end ? hexadecimal(start) + "-" + hexadecimal(end) : "";
}

/** How sure it is that who stands in the row was in the way. */
constexpr top_column sure = {"SURE", top_unit::text, 7};

/** All that the table says of one process, name or cgroup. */
struct process_sums {
	std::string name;
	std::uint64_t success = 0, abort = 0, retry = 0;
	std::optional<std::uint64_t> tried = 0;
	std::map<vmalock_abort_reason, std::uint64_t> reasons;
	std::map<std::pair<std::string, grade>, std::uint64_t> writers;	///< who, in words, and how sure
	std::uint64_t longest_ns = 0;
};

/** In the order in which they are met. */
class process_list {
public:
	explicit process_list(vmalock_by by) : by(by) {}

	process_sums &of(const group_id &whole, std::string_view name)
	{
		auto [place, is_new] = places.try_emplace(whole, all.size());

		if (is_new)
			all.push_back({whole, {}});
		process_sums &sums = all[place->second].second;
		if (sums.name.empty())
			sums.name = name;
		return sums;
	}

	/** Where a process belongs. */
	process_sums &of(process_id id, std::string_view name)
	{
		return by == VMALOCK_BY_COMM ? of(group_id{.comm = comm_name(name)}, name)
					     : of(group_id{.process = id}, name);
	}

	/** NULL if it had no event. */
	process_sums *known(const group_id &whole)
	{
		auto found = places.find(whole);

		return found == places.end() ? nullptr : &all[found->second].second;
	}

	std::vector<std::pair<group_id, process_sums>> all;

private:
	vmalock_by by;
	std::map<group_id, std::size_t> places;
};

void add_rows(process_list &list, const report &report)
{
	for (const group_row &row : report.rows) {
		process_sums &sums = list.of(whole_of(row.id), row.name);

		sums.success += row.success;
		sums.abort += row.abort;
		sums.retry += row.retry;
		sums.tried = sum_if_known(sums.tried, row.tried());
	}
}

void add_reasons(process_list &list, const snapshot &before, const snapshot &after)
{
	// Aborts are only ever added: sums may be subtracted as entries may.
	for (const group_aborts &aborts : after.aborts)
		if (process_sums *sums = list.known(whole_of(aborts.id)))
			sums->reasons[aborts.reason] += aborts.count;
	for (const group_aborts &aborts : before.aborts)
		if (process_sums *sums = list.known(whole_of(aborts.id)))
			sums->reasons[aborts.reason] -= aborts.count;
}

/** Its system call; in front of it who, unless it is the process itself. */
std::string writer_in_words(const writer_row &writer, process_id victim)
{
	return (writer.id == victim ? "" : writer.comm + " ") +
	       (writer.syscall.empty() ? "(none)" : writer.syscall);
}

void add_writers(process_list &list, const writers_report &report)
{
	for (const writer_row &writer : report.writers)
		for (const writer_site &site : writer.sites)
			for (const victim_row &victim : site.victims)
				list.of(victim.id, victim.name)
					.writers[{writer_in_words(writer, victim.id), site.grade}] += victim.aborts;
	for (const process_times_row &row : report.mmap_lock.processes)
		for (const auto &[what, spent] : row.spent)
			if (what != VMALOCK_MMAP_WRITE_HELD) {
				process_sums &sums = list.of(row.id, row.name);

				sums.longest_ns = std::max(sums.longest_ns, longest_below(spent.buckets));
			}
}

void add_waits(process_list &list, const writer_waits &waits)
{
	for (const waiting_writer &writer : waits) {
		process_sums &sums = list.of(writer.id, writer.name);

		sums.longest_ns = std::max(sums.longest_ns, longest_below(writer.waits));
	}
}

/** Whose count is highest; nothing if none is above zero. */
template <class Key>
std::optional<Key> most(const std::map<Key, std::uint64_t> &counts)
{
	auto found = std::ranges::max_element(counts, {}, [](const auto &entry) { return entry.second; });

	if (found == counts.end() || !found->second)
		return std::nullopt;
	return found->first;
}

/** There is no room for the grade: who is not certain has a question mark. */
std::string worst_writer(const process_sums &sums)
{
	const auto worst = most(sums.writers);

	if (!worst)
		return "";
	return worst->first + (worst->second == grade::certain ? "" : "?");
}

/** The columns that all tables of groups have in common. */
constexpr top_column events_columns[] = {
	{"SUCC", top_unit::events, 7, 13},
	{"ABORT", top_unit::events, 7, 10},
	{"RETRY", top_unit::events, 7, 10},
	{"ON LOCK", top_unit::share, 7, 7},
};

std::vector<top_column> around_events(std::vector<top_column> before, const std::vector<top_column> &after)
{
	before.insert(before.end(), std::begin(events_columns), std::end(events_columns));
	before.insert(before.end(), after.begin(), after.end());
	return before;
}

std::string group_key(const group_id &id)
{
	return key_of(id.thread) + " " + std::to_string(id.mapping.anchor) + " " +
	       std::to_string(id.mapping.inode) + " " + std::to_string(id.mapping.device) + " " +
	       std::to_string(id.mapping.kind);
}

void add_fallbacks(top_table &table, std::string_view what, const std::vector<fallback_row> &rows)
{
	const std::uint64_t all = std::accumulate(rows.begin(), rows.end(), std::uint64_t{},
						  [](auto sum, const fallback_row &row) {
							  return sum + row.count;
						  });

	for (const fallback_row &row : rows)
		table.rows.push_back({std::string(key_for(row.cause)), {},
				      {text(what), text(word_for(row.cause)), number(row.count),
				       share(row.count, all), text(page_fault)}});
}

/** The rows of one stall, which is the @p nth. */
class stall_rows {
public:
	stall_rows(top_table &table, std::size_t nth, const address_space_stall &stall)
		: table(table), nth(nth), key(std::to_string(stall.pid) + " " + stall.name + " ")
	{
	}

	void add(std::string_view part, std::string_view who, std::uint32_t id, const std::string &in,
		 std::uint64_t ns, std::string_view how_sure, const std::string &why)
	{
		table.rows.push_back({key + std::string(part) + " " + std::to_string(id) + " " + in, {},
				      {number(nth), text(part), text(who), number(id), text(in), number(ns), text(how_sure), text(why)}});
	}

	void add(std::string_view part, const lock_holder &holder, const std::string &why)
	{
		add(part, holder.name, holder.tid, holder.doing, holder.off_cpu_ns, key_of(holder.grade), why);
	}

	void add(const waiting_threads &row)
	{
		const std::string what = row.waits_for == VMALOCK_WAITS_TO_WRITE ? "to write" : "to read";

		if (row.tids.size() == 1)
			add("behind", row.name, row.tids.front(), row.doing, row.ns, "", what);
		else
			add("behind", row.name, row.pid, row.doing, row.ns, "",
			    what + ", " + std::to_string(row.tids.size()) + " threads");
	}

private:
	top_table &table;
	std::size_t nth;
	std::string key;
};

/** What the writer waits for, which knows no file by its name here. */
std::string readers_of(const awaited_vma &vma)
{
	return "readers of " + (vma.file.empty() ? range(vma.start, vma.end) : vma.file);
}

/** Why there is no such table: nobody asked for it, or it does not go with what was asked for. */
std::optional<std::string> why_no(std::string_view what, bool traced, vmalock_by by)
{
	if (!traced)
		return std::string(what) + " were not traced in this run.";
	if (by == VMALOCK_BY_CGROUP)
		return std::string(what) + " are known by process only: run without --by cgroup.";
	return std::nullopt;
}

std::vector<top_column> who(vmalock_by by)
{
	switch (by) {
	case VMALOCK_BY_COMM: return {{"PROCESSES", top_unit::text, 15}};
	case VMALOCK_BY_CGROUP: return {{"CGROUP", top_unit::text, 31, 48}};
	default: return {{"PID", top_unit::id, 7}, {"PROCESS", top_unit::text, 9, 15}};
	}
}

/** Writers and readers are known by process. */
std::vector<top_column> why(vmalock_by by)
{
	std::vector<top_column> result = {{"TOP REASON", top_unit::text, 12, 24}};

	if (by != VMALOCK_BY_CGROUP)
		result.insert(result.end(), {{"WRITER", top_unit::text, 9, 24}, {"WAIT <", top_unit::duration, 6}});
	return result;
}

} // namespace

top_table processes_table(const snapshot &before, const snapshot &after, const report &report)
{
	const std::vector<top_column> left = who(report.by);
	top_table result = {around_events(left, why(report.by)), {}, "No process had an event.", left.size() + 1};
	process_list list(report.by);

	add_rows(list, report);
	add_reasons(list, before, after);
	if (report.writers && report.by != VMALOCK_BY_CGROUP)
		add_writers(list, *report.writers);
	if (report.waits && report.by != VMALOCK_BY_CGROUP)
		add_waits(list, *report.waits);
	for (const auto &[whole, sums] : list.all) {
		auto reason = most(sums.reasons);
		top_row &row = result.rows.emplace_back(top_row{key_of(whole), whole, {}});

		if (counts_processes(report.by))
			row.cells.push_back(number(whole.process.pid));
		for (const top_cell &cell : {text(sums.name), number(sums.success), number(sums.abort),
					     number(sums.retry), share(sums.success, sums.tried),
					     text(reason ? word_for(*reason) : ""),
					     text(worst_writer(sums)), number(sums.longest_ns)})
			row.cells.push_back(cell);
		row.cells.resize(result.columns.size());
	}
	return result;
}

void silence(top_row &row, const top_table &table)
{
	const auto events = std::ranges::find(table.columns, top_unit::events, &top_column::unit);
	const auto silent = static_cast<std::size_t>(events - table.columns.begin());

	row.quiet = true;
	row.cells.resize(silent);
	for (const top_cell &cell : {number(0), number(0), number(0), share(0, 0), text("(no event)")})
		row.cells.push_back(cell);
	row.cells.resize(table.columns.size());
}

top_table groups_table(const report &report)
{
	const bool threads = report.by == VMALOCK_BY_THREAD;
	top_table result = {threads ? around_events({{"TID", top_unit::id, 7},
						     {"THREAD", top_unit::text, 16}}, {})
				    : around_events({{"MAPPING", top_unit::text, 20, 32}},
						    {{"RANGE", top_unit::text, 25, 33}}),
			    {}, "This process had no event.", threads ? 3u : 2u};

	if (report.by != VMALOCK_BY_THREAD && report.by != VMALOCK_BY_MAPPING) {
		result.empty = "Mappings were not counted separately: run with --by mapping.";
		return result;
	}
	for (const group_row &row : report.rows) {
		top_row &made = result.rows.emplace_back();

		made.key = group_key(row.id);
		if (threads)
			made.cells = {number(row.id.thread.pid), text(row.thread_name)};
		else
			made.cells = {text(row.file.empty() ? word_for(row.id.mapping.kind)
							    : std::string_view(row.file))};
		for (const top_cell &cell : {number(row.success), number(row.abort), number(row.retry),
					     share(row.success, row.tried())})
			made.cells.push_back(cell);
		if (!threads)
			made.cells.push_back(text(range(row.start, row.end)));
	}
	return result;
}

top_table reasons_table(const report &report)
{
	top_table result = {{{"THE VMA LOCK", top_unit::text, 12},
			     {"REASON", top_unit::text, 22, 32},
			     {"EVENTS", top_unit::events, 8, 13},
			     {"SHARE", top_unit::share, 6},
			     {"CALLER", top_unit::text, 14, 24}},
			    {}, "No VMA lock was refused to this process, and each of its faults tried one.", 2};

	for (const abort_row &row : report.aborts)
		result.rows.push_back({row.caller + " " + std::string(key_for(row.reason)), {},
				       {text("refused"), text(word_for(row.reason)),
					number(row.count), share(row.count, report.abort_total),
					text(row.caller)}});
	add_fallbacks(result, "given back", report.retries);
	add_fallbacks(result, "never tried", report.bypasses);
	return result;
}

top_table writers_table(const report &report)
{
	top_table result = {{{"WRITER", top_unit::text, 11, 15},
			     {"TID", top_unit::id, 7},
			     {"SYSCALL", top_unit::text, 10, 16},
			     {"ABORT", top_unit::events, 8, 10},
			     {"HELD <", top_unit::duration, 7},
			     {"MOST <", top_unit::duration, 7},
			     sure,
			     {"IN", top_unit::text, 14, 32}},
			    {}, "No writer was seen that blocked this process.", 3};

	if (auto reason = why_no("Writers", report.writers.has_value(), report.by)) {
		result.empty = *reason;
		return result;
	}
	for (const writer_row &row : report.writers->writers) {
		auto known = std::ranges::find_if(row.sites, [](const writer_site &site) {
			return !site.kernel_stack.empty();
		});

		result.rows.push_back({key_of(row.id) + " " + std::to_string(row.tid) + " " +
					       std::to_string(row.syscall_number), {},
				       {text(row.comm), number(row.tid),
					text(row.syscall.empty() ? "(none)" : row.syscall),
					number(row.aborts), number(median_below(row.held.buckets)),
					number(longest_below(row.held.buckets)), text(key_of(row.grade)),
					text(known == row.sites.end() ? "" : place_in(known->kernel_stack))}});
	}
	if (std::uint64_t gone = report.writers->aborts[VMALOCK_WRITER_GONE])
		result.rows.push_back({"gone", {},
				       {text("(unknown)"), number(0), text(""), number(gone), number(0),
					number(0), text(key_of(grade::unknown)), text(word_for(VMALOCK_WRITER_GONE))}});
	return result;
}

top_table readers_table(const report &report)
{
	top_table result = {{{"READER", top_unit::text, 12, 15},
			     {"TID", top_unit::id, 7},
			     {"WHAT", top_unit::text, 14, 34},
			     {"WAITS", top_unit::events, 7, 10},
			     {"TIME", top_unit::duration, 7},
			     sure,
			     {"WRITER IN", top_unit::text, 10, 16},
			     {"MAPPING", top_unit::text, 8, 48}},
			    {}, "No writer of this process waited for a reader.", 4};

	if (auto reason = why_no("Readers", report.waits.has_value(), report.by)) {
		result.empty = *reason;
		return result;
	}
	for (const waiting_writer &writer : *report.waits) {
		const std::string call = (writer.system_call.empty() ? "(none)" : writer.system_call) +
					 (writer.go_on ? " now" : "");

		for (const reader_row &reader : writer.in_the_way)
			if (reader.held)
				result.rows.push_back({std::to_string(reader.tid) + " " + call + " " +
							       reader.what + " " +
							       std::to_string(reader.vm_start), {},
						       {text(reader.name), number(reader.tid),
							text(reader.what), number(reader.count),
							number(reader.ns), text(key_of(reader.grade)), text(call),
							text(reader.mapping.empty()
								     ? range(reader.vm_start, reader.vm_end)
								     : reader.mapping)}});
		if (writer.unknown)
			result.rows.push_back({"unknown " + call, {},
					       {text("(unknown)"), number(0), text(""),
						number(writer.unknown), number(0), text(key_of(grade::unknown)),
						text(call), text("")}});
	}
	return result;
}

top_table stalls_table(const std::optional<stall_report> &standing)
{
	top_table result = {{{"STALL", top_unit::id, 5},
			     {"PART", top_unit::text, 6},
			     {"PROCESS", top_unit::text, 9, 15},
			     {"TID", top_unit::id, 7},
			     {"IN", top_unit::text, 12, 20},
			     {"FOR", top_unit::duration, 7},
			     sure,
			     {"WHY", top_unit::text, 19, 60}},
			    {}, "Nobody waits for mmap_lock or for readers of a VMA.", 0};

	if (!standing) {
		result.empty = "Nobody looked for stalls in this run.";
		return result;
	}
	for (std::size_t i = 0; i < standing->stalls.size(); i++) {
		const address_space_stall &stall = standing->stalls[i];
		stall_rows rows(result, i + 1, stall);

		if (stall.writer)
			rows.add("holds", *stall.writer, stall.vma ? readers_of(*stall.vma) : stall.writer->why);
		if (stall.unseen_writer)
			rows.add("holds", "(unknown)", 0, "", 0, key_of(grade::unknown), "");
		for (const lock_holder &reader : stall.readers)
			rows.add("reads", reader, reader.why);
		if (stall.readers_unknown)
			rows.add("reads", "(unknown)", 0, "", 0, key_of(grade::unknown), std::to_string(stall.readers_unknown) + " counted");
		for (const waiting_threads &row : stall.behind)
			rows.add(row);
	}
	return result;
}

top_table losses_table(const loss_counts &first, const loss_counts &previous,
		       const loss_counts &last)
{
	top_table result = {{{"LOST, AND MISSING IN ALL COUNTS", top_unit::text, 46, 70},
			     {"INTERVAL", top_unit::number, 13},
			     {"IN ALL", top_unit::number, 13}},
			    {}, "Nothing was lost.", 2};
	auto add = [&result](std::string words, std::uint64_t began, std::uint64_t then,
			     std::uint64_t now) {
		if (now != began)
			result.rows.push_back({words, {}, {text(words), number(now - then),
							   number(now - began)}});
	};
	std::map<std::string, std::uint64_t> began(first.skipped.begin(), first.skipped.end()),
		then(previous.skipped.begin(), previous.skipped.end());

	for (std::size_t cause = 0; cause < last.maps.size(); cause++)
		add(std::string(word_for(static_cast<vmalock_loss>(cause))), first.maps[cause],
		    previous.maps[cause], last.maps[cause]);
	for (const auto &[program, now] : last.skipped)
		add("calls of " + program + " (program busy)", began[program], then[program], now);
	return result;
}

std::uint64_t count_of(const loss_counts &losses)
{
	return std::accumulate(losses.skipped.begin(), losses.skipped.end(),
			       std::accumulate(losses.maps.begin(), losses.maps.end(), std::uint64_t{}),
			       [](std::uint64_t sum, const auto &entry) { return sum + entry.second; });
}

} // namespace vmalock
