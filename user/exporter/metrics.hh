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

#include "exporter/label_places.hh"
#include "model/report.hh"

namespace vmalock {

class metrics : public prometheus::Collectable {
public:
	/**
	 * @param processes so many names of processes become values of a label
	 * @param started in seconds since 1970: when this process was
	 */
	metrics(std::size_t processes, double started);

	/** Count what has happened since the last one, which took @p seconds to find out. */
	void add(const report &growth, double seconds);

	/** No counter ever goes back: each only has growth added to it. */
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
	void add_groups(const report &growth);
	void add_lost(const loss_counts &growth);
	void add_times(const char *name, const char *help, const char *label, const process_times &growth);
	std::uint64_t &count(const char *name, labels labels);

	label_places processes, callers;
	std::map<std::string, counter> counters;
	std::map<std::string, histogram> histograms;
	std::optional<std::uint64_t> holding_ns, waiting_ns;	///< empty: not traced
	std::vector<std::string> not_visible;
	double started, took = 0;
};

} // namespace vmalock
