// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The metrics: the reports of a run, added up. Pure.
 */
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <string>

#include "exporter/label_places.hh"
#include "model/report.hh"

namespace vmalock {

class metrics : public prometheus::Collectable {
public:
	/**
	 * @param places so many names of processes, or paths of cgroups, become values of a label
	 * @param started in seconds since 1970: when this process was
	 * @param by how the reports are counted
	 */
	metrics(std::size_t places, double started, vmalock_by by = VMALOCK_BY_PROCESS);

	/** Count what has happened since the last one, which took @p seconds to find out. */
	void add(const report &growth, double seconds);

	/** No counter goes back: each has growth added to it, until its series ends. */
	std::vector<prometheus::MetricFamily> Collect() const override;

private:
	using labels = std::vector<prometheus::ClientMetric::Label>;
	/** Of one metric, a value for each set of labels. */
	struct counter {
		const char *help;
		std::map<labels, std::uint64_t> values;
	};
	struct histogram {
		const char *help;
		std::map<labels, times> values;
	};

	void begin_at_zero();
	void drop(const std::string &value);
	void add_groups(const report &growth);
	void add_lost(const loss_counts &growth);
	void set_stalls(const std::optional<stall_report> &standing);
	void add_times(const char *name, const char *help, const char *label, const process_times &growth);
	std::uint64_t &count(const std::string &name, labels labels);

	/** The name of a counter by group. @param what happens, such as abort */
	std::string of_group(const char *what) const { return "vmalock_" + group + "_" + what + "_total"; }

	label_places places, callers;
	std::string group;		///< a word in names, and the label
	std::map<std::string, counter> counters;
	std::map<std::string, histogram> histograms;
	std::optional<std::uint64_t> holding_ns, waiting_ns;	///< empty: not traced
	std::vector<prometheus::MetricFamily> stalls;	///< empty: not looked at
	std::vector<std::string> not_visible;
	double started, took = 0;
};

} // namespace vmalock
