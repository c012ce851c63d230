// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/metrics.hh"

#include <algorithm>
#include <bit>
#include <numeric>

#include "model/kernel_functions.hh"
#include "model/words.hh"
#include "uapi/version.h"

namespace vmalock {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/** A name gets a place among the labels once it had so many events. */
constexpr std::uint64_t enough_events = 1000;
/** And keeps it until it had none for so long, if another needs it. */
constexpr double idle_seconds = 600;
/** Kinds of callers, and functions that are their own kind. */
constexpr std::size_t most_callers = 32;

constexpr const char *success = "vmalock_vma_lock_success_total";
constexpr const char *abort_count = "vmalock_vma_lock_abort_total";
constexpr const char *retry = "vmalock_vma_lock_retry_total";
constexpr const char *bypass = "vmalock_vma_lock_bypass_total";
constexpr const char *miss = "vmalock_vma_lock_miss_total";
constexpr const char *lost = "vmalock_lost_total";
constexpr const char *writer_abort = "vmalock_writer_abort_total";
constexpr const char *helper_calls = "vmalock_helper_calls_total";

constexpr std::pair<const char *, const char *> helps[] = {
	{success, "Page faults served under the VMA lock, access errors included."},
	{abort_count, "Refusals of a VMA lock to any caller, by kind of caller and reason."},
	{retry, "Page faults that got the VMA lock and came back for mmap_lock, by cause."},
	{bypass, "Page faults that never tried a VMA lock, by cause."},
	{miss, "VMAs that were found detached and looked up again."},
	{lost, "Events missing from the other counters, by cause."},
	{writer_abort, "Refusals caused by a writer, by how much is known about the writer."},
	{helper_calls, "Calls of the vmalock module's helper on the whole machine, by outcome."},
	{"vmalock_vmstat_success_total", "Growth of the kernel's own vma_lock_success."},
	{"vmalock_vmstat_abort_total", "Growth of the kernel's own vma_lock_abort."},
	{"vmalock_vmstat_retry_total", "Growth of the kernel's own vma_lock_retry."},
	{"vmalock_vmstat_miss_total", "Growth of the kernel's own vma_lock_miss."},
};

constexpr std::pair<const char *, const char *> helps_of_groups[] = {
	{"abort", "Refusals of a VMA lock, by whom they were made to."},
	{"retry", "Page faults that came back, by whose they were."},
	{"bypass", "Page faults that never tried a VMA lock, by whose they were."},
};

MetricFamily family(const std::string &name, const char *help, MetricType type)
{
	return {name, help, type, {}};
}

MetricFamily gauge(const std::string &name, const char *help, double value)
{
	MetricFamily result = family(name, help, MetricType::Gauge);

	result.metric.emplace_back().gauge.value = value;
	return result;
}

/** Of whoever is first in the way. */
grade grade_of(const address_space_stall &stall)
{
	if (stall.writer)
		return stall.writer->grade;
	return stall.readers.empty() ? grade::unknown : stall.readers.front().grade;
}

/** Zero if nobody is HOLDING. */
std::uint64_t longest_hold(const writers_report &writers)
{
	std::uint64_t result = 0;

	for (const writer_row &row : writers.writers)
		for (const writer_site &site : row.sites)
			if (site.state == VMALOCK_WRITER_HOLDING)
				result = std::max(result, site.held.total_ns);
	return result;
}

/**
 * Buckets hold whole powers of two of nanoseconds; every other one becomes a bound,
 * from 1.024 us to 17 s.
 */
ClientMetric::Histogram histogram_of(const times &spent)
{
	ClientMetric::Histogram result;
	std::uint64_t below = 0;

	for (std::size_t bucket = 0; bucket < spent.buckets.size(); bucket++) {
		const std::uint64_t end_ns = std::uint64_t(2) << bucket;

		below += spent.buckets[bucket];
		if (bucket >= 9 && bucket <= 33 && bucket % 2)
			result.bucket.push_back({below, static_cast<double>(end_ns) / 1e9});
	}
	result.bucket.push_back({below, std::numeric_limits<double>::infinity()});
	result.sample_count = below;
	result.sample_sum = static_cast<double>(spent.total_ns) / 1e9;
	return result;
}

} // namespace

metrics::metrics(std::size_t places, double started, vmalock_by by)
	: places(places, enough_events, idle_seconds), callers(most_callers, 1),
	  group(by == VMALOCK_BY_COMM || by == VMALOCK_BY_CGROUP ? key_for(by) : key_for(VMALOCK_BY_PROCESS)),
	  started(started)
{
	for (const auto &[name, help] : helps)
		counters[name].help = help;
	for (const auto &[what, help] : helps_of_groups)
		counters[of_group(what)].help = help;
	begin_at_zero();
}

std::uint64_t &metrics::count(const std::string &name, labels labels)
{
	return counters.at(name).values[std::move(labels)];
}

/** So that a first event is an increase. */
void metrics::begin_at_zero()
{
	for (int reason = 0; reason < VMALOCK_ABORT_REASON_NR; reason++)
		count(abort_count, {{"caller", callers.value_for(std::string(page_fault), 1)},
				    {"reason", std::string(key_for(static_cast<vmalock_abort_reason>(reason)))}});
	for (int cause = 0; cause < VMALOCK_FALLBACK_NR; cause++)
		count(cause < VMALOCK_FIRST_BYPASS ? retry : bypass,
		      {{"cause", std::string(key_for(static_cast<vmalock_fallback>(cause)))}});
	add_lost({});
	count(success, {{group, label_places::rest}});
	for (const auto &[what, help] : helps_of_groups)
		count(of_group(what), {{group, label_places::rest}});
}

/** The series of a name that has lost its place ends; should it come back, it begins at zero. */
void metrics::drop(const std::string &value)
{
	const labels lost = {{group, value}};

	for (const std::string &name : {std::string(success), of_group("abort"), of_group("retry"), of_group("bypass")})
		counters[name].values.erase(lost);
}

void metrics::add_groups(const report &growth)
{
	const auto name_of = [&](const group_row &row) -> const std::string & {
		return growth.by == VMALOCK_BY_CGROUP ? row.path : row.name;
	};

	places.pass(growth.seconds);
	// None that goes on loses its place to one that comes before it here.
	for (const group_row &row : growth.rows)
		if (row.events())
			places.keep(name_of(row));
	for (const group_row &row : growth.rows) {
		const std::string value = places.value_for(name_of(row), row.events());

		for (const std::string &lost : places.take_lost())
			drop(lost);
		count(success, {{group, value}}) += row.success;
		count(of_group("abort"), {{group, value}}) += row.abort;
		count(of_group("retry"), {{group, value}}) += row.retry;
		count(of_group("bypass"), {{group, value}}) += row.bypass;
	}
}

void metrics::add_lost(const loss_counts &growth)
{
	for (std::size_t cause = 0; cause < growth.maps.size(); cause++)
		count(lost, {{"cause", std::string(key_for(static_cast<vmalock_loss>(cause)))}}) +=
			growth.maps[cause];
	std::uint64_t &skipped = count(lost, {{"cause", "program_busy"}});
	for (const auto &[program, calls] : growth.skipped)
		skipped += calls;
}

void metrics::add_times(const char *name, const char *help, const char *label,
			const process_times &growth)
{
	histogram &sums = histograms[name];

	sums.help = help;
	for (const auto &[what, spent] : growth.all)
		sums.values[{{label, std::string(key_for(what))}}] += spent;
}

/** Without names: whoever makes a stall chooses them. */
void metrics::set_stalls(const std::optional<stall_report> &standing)
{
	std::map<grade, std::uint64_t> by_grade = {{grade::certain, 0}, {grade::likely, 0}, {grade::unknown, 0}};
	std::uint64_t threads = 0, longest_ns = 0;
	MetricFamily count = family("vmalock_stalls", "Address spaces whose locks somebody waits for, by how sure it is who has them.",
				    MetricType::Gauge);

	stalls.clear();
	if (!standing)
		return;
	for (const address_space_stall &stall : standing->stalls) {
		by_grade[grade_of(stall)]++;
		threads += stall.threads;
		longest_ns = std::max(longest_ns, stall.ns);
	}
	for (const auto &[grade, value] : by_grade) {
		ClientMetric &metric = count.metric.emplace_back();

		metric.label = {{"holder_grade", std::string(key_of(grade))}};
		metric.gauge.value = static_cast<double>(value);
	}
	stalls.push_back(std::move(count));
	stalls.push_back(gauge("vmalock_stalled_threads", "Threads that wait in these stalls.",
			       static_cast<double>(threads)));
	stalls.push_back(gauge("vmalock_stall_seconds", "How long the longest of these stalls has lasted at least.",
			       static_cast<double>(longest_ns) / 1e9));
}

void metrics::add(const report &growth, double seconds)
{
	took = seconds;
	set_stalls(growth.standing);
	not_visible = growth.not_visible;
	add_groups(growth);
	for (const abort_row &row : growth.aborts)
		count(abort_count, {{"caller", callers.value_for(row.caller, row.count)},
				    {"reason", std::string(key_for(row.reason))}}) += row.count;
	for (const fallback_row &row : growth.retries)
		count(retry, {{"cause", std::string(key_for(row.cause))}}) += row.count;
	for (const fallback_row &row : growth.bypasses)
		count(bypass, {{"cause", std::string(key_for(row.cause))}}) += row.count;
	if (growth.miss_total)
		count(miss, {}) += *growth.miss_total;
	add_lost(growth.losses);
	if (growth.vmstat) {
		count("vmalock_vmstat_success_total", {}) += growth.vmstat->success;
		count("vmalock_vmstat_abort_total", {}) += growth.vmstat->abort;
		count("vmalock_vmstat_retry_total", {}) += growth.vmstat->retry;
		count("vmalock_vmstat_miss_total", {}) += growth.vmstat->miss;
	}
	if (growth.helper)
		for (int outcome = 0; outcome < VMALOCK_OUTCOME_NR; outcome++)
			count(helper_calls, {{"outcome", std::string(word_for(static_cast<vmalock_outcome>(outcome)))}}) +=
				growth.helper->calls[static_cast<std::size_t>(outcome)];
	if (growth.writers) {
		holding_ns = longest_hold(*growth.writers);
		// The last state is not counted: when it has let go, it has another.
		for (int state = 0; state < VMALOCK_WRITER_HOLDING; state++)
			count(writer_abort, {{"known", std::string(key_for(static_cast<vmalock_writer_state>(state)))}}) +=
				growth.writers->aborts[static_cast<std::size_t>(state)];
		add_times("vmalock_mmap_lock_seconds", "Time spent on mmap_lock: holding it for write, or blocking on it.",
			  "what", growth.writers->mmap_lock);
	}
	if (growth.fault_times)
		add_times("vmalock_fault_seconds", "Times of page faults, by the path they took.",
			  "path", *growth.fault_times);
	if (growth.waits) {
		histogram &waits = histograms["vmalock_reader_wait_seconds"];

		waits.help = "How long writers waited for readers of a mapping.";
		waiting_ns = 0;
		for (const waiting_writer &writer : *growth.waits)
			// A wait is counted when it has ended.
			if (writer.go_on)
				waiting_ns = std::max(*waiting_ns, writer.ns);
			else
				waits.values[{}] += {writer.ns, writer.waits};
	}
}

std::vector<MetricFamily> metrics::Collect() const
{
	std::vector<MetricFamily> result;

	for (const auto &[name, counter] : counters) {
		if (counter.values.empty())
			continue;
		MetricFamily &out = result.emplace_back(family(name, counter.help, MetricType::Counter));
		for (const auto &[labels, value] : counter.values) {
			ClientMetric &metric = out.metric.emplace_back();

			metric.label = labels;
			metric.counter.value = static_cast<double>(value);
		}
	}
	for (const auto &[name, histogram] : histograms) {
		MetricFamily &out = result.emplace_back(family(name, histogram.help, MetricType::Histogram));
		for (const auto &[labels, spent] : histogram.values) {
			ClientMetric &metric = out.metric.emplace_back();

			metric.label = labels;
			metric.histogram = histogram_of(spent);
		}
	}
	MetricFamily hidden = family("vmalock_not_visible", "Events that this kernel cannot show.", MetricType::Gauge);
	for (const std::string &event : not_visible) {
		ClientMetric &metric = hidden.metric.emplace_back();

		metric.label = {{"event", event}};
		metric.gauge.value = 1;
	}
	result.push_back(std::move(hidden));
	if (holding_ns)
		result.push_back(gauge("vmalock_writer_holding_seconds",
				       "How long a writer that blocks others has held mmap_lock so far.",
				       static_cast<double>(*holding_ns) / 1e9));
	if (waiting_ns)
		result.push_back(gauge("vmalock_reader_waiting_seconds",
				       "How long a writer has waited for readers of a mapping so far.",
				       static_cast<double>(*waiting_ns) / 1e9));
	std::ranges::copy(stalls, std::back_inserter(result));
	result.push_back(gauge("vmalock_build_info", "The version.", 1));
	result.back().metric[0].label = {{"version", VMALOCK_VERSION}};
	result.push_back(gauge("process_start_time_seconds", "When the exporter began, since 1970.", started));
	result.push_back(gauge("vmalock_scrape_duration_seconds", "How long it took to read the counts.", took));
	return result;
}

} // namespace vmalock
