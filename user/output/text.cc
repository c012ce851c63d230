// SPDX-License-Identifier: GPL-2.0-only
#include "model/times.hh"
#include "model/words.hh"
#include "output/losses.hh"
#include "output/output.hh"
#include "output/process_times.hh"
#include "output/readers.hh"
#include "output/stalls.hh"
#include "output/stream.hh"
#include "output/table.hh"
#include "output/writers.hh"

namespace vmalock {

namespace {

/** The left of a line, 31 columns wide, of what a row is about. */
std::string heading(vmalock_by by)
{
	switch (by) {
	case VMALOCK_BY_THREAD: return fmt::format("{:<15} {:>7} {:>7}", "THREAD", "TID", "PID");
	case VMALOCK_BY_MAPPING: return fmt::format("{:<23} {:>7}", "MAPPING", "PID");
	case VMALOCK_BY_COMM: return fmt::format("{:<31}", "PROCESSES CALLED");
	case VMALOCK_BY_CGROUP: return fmt::format("{:<31}", "CGROUP");
	case VMALOCK_BY_CPU: return fmt::format("{:<31}", "CPU");
	case VMALOCK_BY_MACHINE: return fmt::format("{:<31}", "");
	default: return fmt::format("{:<23} {:>7}", "PROCESS", "PID");
	}
}

std::string group(const group_row &row, vmalock_by by)
{
	const std::string pid = id_in_words(row.id.process.pid);

	switch (by) {
	case VMALOCK_BY_THREAD:
		return fmt::format("{:<15} {:>7} {:>7}", printable(row.thread_name, 15),
				   id_in_words(row.id.thread.pid), pid);
	case VMALOCK_BY_MAPPING:
		if (is_sum(row.id.process))
			return fmt::format("{:<23} {:>7}", printable(row.name, 23), pid);
		return fmt::format("{:<23} {:>7}", row.file.empty() ?
				   word_for(row.id.mapping.kind) : printable(row.file, 23), pid);
	case VMALOCK_BY_COMM:
		return fmt::format("{:<31}", printable(row.name, 31));
	case VMALOCK_BY_CGROUP:
		return fmt::format("{:<31}", printable_end(row.name, 31));
	case VMALOCK_BY_CPU:
		return fmt::format("{:<31}", row.name.empty() ? std::to_string(row.id.cpu)
							      : printable(row.name, 31));
	case VMALOCK_BY_MACHINE:
		return fmt::format("{:<31}", row.name.empty() ? "whole machine"
							      : printable(row.name, 31));
	default:
		return fmt::format("{:<23} {:>7}", printable(row.name, 23), pid);
	}
}

void add_rows(buffer &out, const report &report, std::size_t rows)
{
	if (report.rows.empty()) {
		line(out, "No fault tried a VMA lock.");
		return;
	}
	line(out, "{} {:>13} {:>10} {:>10} {:>11}", heading(report.by), "SUCCESS", "ABORT", "RETRY",
	     "ON VMA LOCK");
	for (const group_row *worst : worst_rows(report, rows)) {
		const group_row &row = *worst;

		line(out, "{} {:>13} {:>10} {:>10} {:>11}", group(row, report.by),
		     grouped(row.success), grouped(row.abort), grouped(row.retry),
		     row.tried() ? share(row.success, *row.tried()) : "not visible");
		if (row.end)
			line(out, "  {:x}-{:x} of {}", row.start, row.end, printable(row.name, 16));
	}
	add_rest(out, report.rows.size(), rows);
}

void add_misses(buffer &out, const report &report)
{
	if (!report.miss_total || !*report.miss_total)
		return;
	line(out, "");
	line(out, "Misses, VMAs that were found detached and looked up again: {}",
	     grouped(*report.miss_total));
}

void add_vmstat(buffer &out, const report &report)
{
	if (!report.vmstat)
		return;
	line(out, "");
	line(out, "{:<31} {:>13} {:>10} {:>10} {:>11}", "KERNEL'S OWN COUNTERS", "SUCCESS", "ABORT",
	     "RETRY", "MISS");
	line(out, "{:<31} {:>13} {:>10} {:>10} {:>11}", "whole machine",
	     grouped(report.vmstat->success), grouped(report.vmstat->abort),
	     grouped(report.vmstat->retry), grouped(report.vmstat->miss));
	if (report.vmstat_moved)
		line(out, "They moved while ours were read: the two may differ by that.");
}

void add_aborts(buffer &out, const report &report, std::size_t rows)
{
	if (report.aborts.empty())
		return;
	line(out, "");
	line(out, "Why VMA locks were refused (as seen just after the refusal):");
	line(out, "{:<24} {:<26} {:>13} {:>13}", "CALLER", "REASON", "ABORTS", "SHARE");
	for (std::size_t i = 0; i < rows_shown(report.aborts.size(), rows); i++) {
		const abort_row &row = report.aborts[i];

		line(out, "{:<24} {:<26} {:>13} {:>13}", printable(row.caller, 24),
		     word_for(row.reason), grouped(row.count),
		     share(row.count, report.abort_total));
	}
	add_rest(out, report.aborts.size(), rows);
}

void add_fallbacks(buffer &out, std::string_view title, std::string_view column,
		   const std::vector<fallback_row> &rows)
{
	std::uint64_t total = 0;

	if (rows.empty())
		return;
	for (const fallback_row &row : rows)
		total += row.count;
	line(out, "");
	line(out, "{}", title);
	line(out, "{:<51} {:>13} {:>13}", "CAUSE", column, "SHARE");
	for (const fallback_row &row : rows)
		line(out, "{:<51} {:>13} {:>13}", word_for(row.cause), grouped(row.count),
		     share(row.count, total));
}

/** Who called, and how long the waits were: the bucket of the median and the longest. */
void add_helper_callers(buffer &out, const std::vector<helper_caller> &callers, std::size_t rows)
{
	if (callers.empty())
		return;
	line(out, "  {:<22} {:>13} {:>10} {:>6} {:>10} {:>10}", "by caller", "locked", "waits",
	     "held", "median <", "longest <");
	for (std::size_t i = 0; i < rows_shown(callers.size(), rows); i++) {
		const helper_caller &caller = callers[i];
		const std::uint64_t locked = caller.calls[VMALOCK_OUTCOME_FAST] +
					     caller.calls[VMALOCK_OUTCOME_WAITED] +
					     caller.calls[VMALOCK_OUTCOME_TRYLOCK];
		const std::uint64_t waits = count_of(caller.waits);

		line(out, "  {:<22} {:>13} {:>10} {:>6} {:>10} {:>10}", printable(caller.name, 22),
		     grouped(locked), grouped(waits), caller.held,
		     waits ? duration(median_below(caller.waits)) : "-",
		     waits ? duration(longest_below(caller.waits)) : "-");
	}
	add_rest(out, callers.size(), rows);
}

void add_helper(buffer &out, const report &report, std::size_t rows)
{
	if (!report.helper)
		return;
	constexpr std::pair<vmalock_outcome, std::string_view> usual[] = {
		{VMALOCK_OUTCOME_FAST, "fast"},
		{VMALOCK_OUTCOME_WAITED, "waited for a writer"},
		{VMALOCK_OUTCOME_UNMAPPED, "found nothing mapped"}};
	constexpr std::pair<vmalock_outcome, std::string_view> rare[] = {
		{VMALOCK_OUTCOME_INTERRUPTED, "ended by a fatal signal"},
		{VMALOCK_OUTCOME_SATURATED, "failed, too many readers"},
		{VMALOCK_OUTCOME_TRYLOCK, "trylocks, locked"},
		{VMALOCK_OUTCOME_REFUSED, "trylocks, refused"}};
	const helper_counts &helper = report.helper->calls;

	line(out, "");
	line(out, "vmalock helper, calls of all processes on this machine:");
	for (auto [outcome, words] : usual)
		line(out, "  {:>17} {}", grouped(helper[outcome]), words);
	for (auto [outcome, words] : rare)
		if (helper[outcome])
			line(out, "  {:>17} {}", grouped(helper[outcome]), words);
	add_helper_callers(out, report.helper->callers, rows);
}

/** A recording may hold anything where the kernel would have put a function's name. */
std::string tamed(std::string text)
{
	for (char &c : text)
		if (c != '\n' && (c < ' ' || c > '~'))
			c = '?';
	return text;
}

class text : public output {
public:
	text(std::FILE *stream, std::size_t rows) : stream(stream), rows(rows) {}

	void interval(const report &report) override { print(report, "interval of"); }
	void total(const report &report) override { print(report, "whole run of"); }

private:
	void print(const report &report, const char *what)
	{
		put_or_throw(stream, fmt::format("\n== {} {:.1f} s, Linux {}\n\n{}", what,
						 report.seconds, printable(report.kernel, 40),
						 to_text(report, rows)));
	}

	std::FILE *stream;
	std::size_t rows;
};

} // namespace

std::string to_text(const report &report, std::size_t rows)
{
	buffer out;

	add_standing(out, report.standing, rows);
	add_rows(out, report, rows);
	add_aborts(out, report, rows);
	add_fallbacks(out, "Why faults with a VMA lock came back and took mmap_lock:", "RETRIES",
		      report.retries);
	add_fallbacks(out, "Faults that never try a VMA lock:", "BYPASSES", report.bypasses);
	add_misses(out, report);
	add_vmstat(out, report);
	if (report.fault_times)
		add_process_times(out, "Times of faults by the path they took:", *report.fault_times, rows);
	if (report.writers)
		add_writers(out, *report.writers, rows);
	add_helper(out, report, rows);
	if (report.waits)
		add_waits(out, *report.waits, rows);
	add_missing(out, report.losses, !report.exact(), report.not_visible);
	return tamed(fmt::to_string(out));
}

std::unique_ptr<output> text_output(std::FILE *stream, std::size_t rows)
{
	return std::make_unique<text>(stream, rows);
}

} // namespace vmalock
