// SPDX-License-Identifier: GPL-2.0-only
#include "model/merge.hh"

#include <algorithm>
#include <fmt/ranges.h>
#include <map>
#include <string_view>
#include <tuple>

#include "model/add_up.hh"

namespace vmalock {

namespace {

std::string at_host(const std::string &name, const std::string &host)
{
	return name + "@" + host;
}

/** Moves the entries behind the others. */
template <class Entry>
void append(std::vector<Entry> &out, std::vector<Entry> &more)
{
	std::ranges::move(more, std::back_inserter(out));
}

void add(loss_counts &out, const loss_counts &more)
{
	std::map<std::string, std::uint64_t> skipped(out.skipped.begin(), out.skipped.end());

	for (std::size_t cause = 0; cause < out.maps.size(); cause++)
		out.maps[cause] += more.maps[cause];
	out.unknown += more.unknown;
	for (const auto &[program, count] : more.skipped)
		skipped[program] += count;
	out.skipped.assign(skipped.begin(), skipped.end());
}

void add(vmstat_counts &out, const vmstat_counts &more)
{
	out.success += more.success;
	out.abort += more.abort;
	out.retry += more.retry;
	out.miss += more.miss;
}

void add(helper_stats &out, helper_stats &more)
{
	for (std::size_t outcome = 0; outcome < out.calls.size(); outcome++)
		out.calls[outcome] += more.calls[outcome];
	append(out.callers, more.callers);
}

void add(process_times &out, process_times &more)
{
	append(out.processes, more.processes);
	for (const auto &[what, spent] : more.all)
		out.all[what] += spent;
}

void add(lock_holders &out, lock_holders &more)
{
	append(out.holders, more.holders);
	out.ns += more.ns;
	out.unknown += more.unknown;
	out.unknown_ns += more.unknown_ns;
	out.lost_begins = out.lost_begins || more.lost_begins;
}

void add(writers_report &out, writers_report &more)
{
	append(out.writers, more.writers);
	append(out.gone, more.gone);
	for (std::size_t state = 0; state < out.aborts.size(); state++)
		out.aborts[state] += more.aborts[state];
	add(out.mmap_lock, more.mmap_lock);
	add(out.lock_holders, more.lock_holders);
}

void add(writer_waits &out, writer_waits &more)
{
	append(out, more);
}

/** What one of them was not asked for, or had not, the other has. */
template <class Part>
void add(std::optional<Part> &out, std::optional<Part> &more)
{
	if (!out)
		out = std::move(more);
	else if (more)
		add(*out, *more);
}

void name(std::vector<victim_row> &rows, const std::string &host)
{
	for (victim_row &row : rows)
		row.name = at_host(row.name, host);
}

void name(process_times &times, const std::string &host)
{
	for (process_times_row &row : times.processes)
		row.name = at_host(row.name, host);
}

/** What is of no process by itself is named by the host alone. */
report named(report report, const std::string &host)
{
	for (group_row &row : report.rows) {
		row.name = report.by == VMALOCK_BY_CPU ? at_host(std::to_string(row.id.cpu), host)
			   : report.by == VMALOCK_BY_MACHINE ? host
							     : at_host(row.name, host);
		row.thread_name = at_host(row.thread_name, host);
	}
	if (report.writers) {
		for (writer_row &row : report.writers->writers) {
			row.name = at_host(row.name, host);
			for (writer_site &site : row.sites)
				name(site.victims, host);
		}
		name(report.writers->gone, host);
		name(report.writers->mmap_lock, host);
		for (mmap_lock_holder &holder : report.writers->lock_holders.holders) {
			holder.name = at_host(holder.name, host);
			for (lock_waiter &waiter : holder.waiters)
				waiter.name = at_host(waiter.name, host);
		}
	}
	if (report.waits)
		for (waiting_writer &row : *report.waits)
			row.name = at_host(row.name, host);
	if (report.fault_times)
		name(*report.fault_times, host);
	if (report.helper)
		for (helper_caller &caller : report.helper->callers)
			caller.name = at_host(caller.name, host);
	return report;
}

void add(report &out, report &more)
{
	out.seconds = std::max(out.seconds, more.seconds);
	append(out.rows, more.rows);
	append(out.attached, more.attached);
	append(out.aborts, more.aborts);
	append(out.retries, more.retries);
	append(out.bypasses, more.bypasses);
	out.abort_total += more.abort_total;
	out.miss_total = sum_if_known(out.miss_total, more.miss_total);
	add(out.losses, more.losses);
	if (out.vmstat && more.vmstat)
		add(*out.vmstat, *more.vmstat);
	else
		out.vmstat.reset();
	out.vmstat_moved = out.vmstat_moved || more.vmstat_moved;
	add(out.helper, more.helper);
	add(out.writers, more.writers);
	add(out.waits, more.waits);
	add(out.fault_times, more.fault_times);
	append(out.not_visible, more.not_visible);
	out.standing.reset();	// of one machine
}

/** One row of those that are alike, the most first. */
template <class Row>
void add_up_counts(std::vector<Row> &rows, const auto &key)
{
	add_up(rows, key, [](Row &sum, const Row &row) { sum.count += row.count; });
	std::ranges::stable_sort(rows, std::ranges::greater{}, &Row::count);
}

/** What is the same in several reports stands there once. */
template <class Entry>
void leave_one(std::vector<Entry> &entries, const auto &key)
{
	add_up(entries, key, [](Entry &, const Entry &) {});
}

void sort(process_times &times)
{
	std::ranges::stable_sort(times.processes, std::ranges::greater{}, [](const process_times_row &row) {
		std::uint64_t total = 0;

		for (const auto &[what, spent] : row.spent)
			total += spent.total_ns;
		return total;
	});
}

/** Once for all of them: each was sorted, and all together are not. */
void finish(report &all)
{
	auto cause = [](const fallback_row &row) { return row.cause; };

	leave_one(all.attached, [](const attach_point &point) { return std::string_view(point.function); });
	leave_one(all.not_visible, [](const std::string &event) { return std::string_view(event); });
	add_up_counts(all.aborts, [](const abort_row &row) { return std::tie(row.caller, row.reason); });
	add_up_counts(all.retries, cause);
	add_up_counts(all.bypasses, cause);
	if (all.writers) {
		std::ranges::stable_sort(all.writers->writers, std::ranges::greater{}, &writer_row::aborts);
		std::ranges::stable_sort(all.writers->gone, std::ranges::greater{}, &victim_row::aborts);
		sort(all.writers->mmap_lock);
		std::ranges::stable_sort(all.writers->lock_holders.holders, std::ranges::greater{}, &mmap_lock_holder::ns);
	}
	if (all.waits)
		std::ranges::stable_sort(*all.waits, std::ranges::greater{}, &waiting_writer::ns);
	if (all.fault_times)
		sort(*all.fault_times);
	if (all.by != VMALOCK_BY_CPU)
		std::ranges::stable_sort(all.rows, std::ranges::greater{}, &group_row::events);
}

/** Of all reports, each once. */
std::string kernels_of(const std::vector<host_report> &reports)
{
	std::vector<std::string> kernels;

	for (const host_report &report : reports)
		kernels.push_back(report.report.kernel);
	leave_one(kernels, [](const std::string &kernel) { return std::string_view(kernel); });
	return fmt::format("{}", fmt::join(kernels, ", "));
}

} // namespace

report merge(std::vector<host_report> reports)
{
	std::string kernels = kernels_of(reports);
	report result = named(std::move(reports.front().report), reports.front().host);

	result.kernel = std::move(kernels);
	for (auto next = reports.begin() + 1; next != reports.end(); next++) {
		report more = named(std::move(next->report), next->host);

		add(result, more);
	}
	finish(result);
	return result;
}

} // namespace vmalock
