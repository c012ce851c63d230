// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Metrics as OpenMetrics 1.0 writes them, which prometheus-cpp does not. Pure.
 */
#pragma once

#include <prometheus/metric_family.h>
#include <string>
#include <vector>

namespace vmalock {

/**
 * Samples have the names that prometheus::TextSerializer gives them: who changes the
 * format has the same time series. So a counter is one only if it ends in _total.
 *
 * There is no _created: a Prometheus takes each for one more time series, and
 * process_start_time_seconds says the same of all.
 */
std::string openmetrics(const std::vector<prometheus::MetricFamily> &families);

} // namespace vmalock
