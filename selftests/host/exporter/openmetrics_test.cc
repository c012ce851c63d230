// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each type of metric as OpenMetrics 1.0 has it, by the letter.
 */
#include "exporter/openmetrics.hh"

#include <gtest/gtest.h>
#include <limits>
#include <prometheus/text_serializer.h>
#include <set>
#include <sstream>

#include "exporter/metrics.hh"

namespace vmalock::test {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double infinity = std::numeric_limits<double>::infinity();

MetricFamily family(const std::string &name, MetricType type, const ClientMetric &metric)
{
	return {name, "What it is.", type, {metric}};
}

MetricFamily counter(const std::string &name, double value)
{
	ClientMetric metric;

	metric.counter.value = value;
	return family(name, MetricType::Counter, metric);
}

MetricFamily gauge(const std::string &name, double value)
{
	ClientMetric metric;

	metric.gauge.value = value;
	return family(name, MetricType::Gauge, metric);
}

TEST(openmetrics, NothingIsAPageToo)
{
	EXPECT_EQ(openmetrics({}), "# EOF\n");
	EXPECT_EQ(openmetrics({{"x", "None.", MetricType::Gauge, {}}}), "# TYPE x gauge\n"
									"# HELP x None.\n"
									"# EOF\n");
}

TEST(openmetrics, TotalIsOfTheSamplesOfACounter)
{
	MetricFamily faults = counter("x_faults_total", 17);

	faults.metric[0].label = {{"cause", "io"}, {"process", "a"}};
	faults.metric.push_back(faults.metric[0]);
	faults.metric[1].label = {{"cause", "page"}, {"process", "a"}};
	EXPECT_EQ(openmetrics({faults}), "# TYPE x_faults counter\n"
					 "# HELP x_faults What it is.\n"
					 "x_faults_total{cause=\"io\",process=\"a\"} 17.0\n"
					 "x_faults_total{cause=\"page\",process=\"a\"} 17.0\n"
					 "# EOF\n");
}

/** Another name would be another time series, depending on who asks. */
TEST(openmetrics, ACounterOfAnotherNameIsUnknown)
{
	EXPECT_EQ(openmetrics({counter("x_faults", 2)}), "# TYPE x_faults unknown\n"
							 "# HELP x_faults What it is.\n"
							 "x_faults 2.0\n"
							 "# EOF\n");
}

TEST(openmetrics, OnlyWhatEndsInAUnitHasOne)
{
	EXPECT_EQ(openmetrics({gauge("x_start_seconds", 1.5), gauge("x_seconds_left", 2),
			       counter("x_cpu_seconds_total", 3), gauge("x_seconds_info", 1)}),
		  "# TYPE x_start_seconds gauge\n"
		  "# UNIT x_start_seconds seconds\n"
		  "# HELP x_start_seconds What it is.\n"
		  "x_start_seconds 1.5\n"
		  "# TYPE x_seconds_left gauge\n"
		  "# HELP x_seconds_left What it is.\n"
		  "x_seconds_left 2.0\n"
		  "# TYPE x_cpu_seconds counter\n"
		  "# UNIT x_cpu_seconds seconds\n"
		  "# HELP x_cpu_seconds What it is.\n"
		  "x_cpu_seconds_total 3.0\n"
		  "# TYPE x_seconds info\n"
		  "# HELP x_seconds What it is.\n"
		  "x_seconds_info 1.0\n"
		  "# EOF\n");
}

TEST(openmetrics, Infos)
{
	MetricFamily build = gauge("x_build_info", 1);

	build.metric[0].label = {{"version", "1.2"}};
	EXPECT_EQ(openmetrics({build}), "# TYPE x_build info\n"
					"# HELP x_build What it is.\n"
					"x_build_info{version=\"1.2\"} 1.0\n"
					"# EOF\n");
}

TEST(openmetrics, HistogramsHaveCanonicalBounds)
{
	ClientMetric metric;

	metric.label = {{"path", "retried"}};
	metric.histogram.bucket = {{0, 1.024e-6}, {1, 0.00025}, {2, 1}, {3, 100'000}, {4, 1e6}, {5, infinity}};
	metric.histogram.sample_count = 5;
	metric.histogram.sample_sum = 1234567.5;
	EXPECT_EQ(openmetrics({family("x_seconds", MetricType::Histogram, metric)}),
		  "# TYPE x_seconds histogram\n"
		  "# UNIT x_seconds seconds\n"
		  "# HELP x_seconds What it is.\n"
		  "x_seconds_bucket{path=\"retried\",le=\"1.024e-06\"} 0\n"
		  "x_seconds_bucket{path=\"retried\",le=\"0.00025\"} 1\n"
		  "x_seconds_bucket{path=\"retried\",le=\"1.0\"} 2\n"
		  "x_seconds_bucket{path=\"retried\",le=\"100000.0\"} 3\n"
		  "x_seconds_bucket{path=\"retried\",le=\"1e+06\"} 4\n"
		  "x_seconds_bucket{path=\"retried\",le=\"+Inf\"} 5\n"
		  "x_seconds_count{path=\"retried\"} 5\n"
		  "x_seconds_sum{path=\"retried\"} 1.2345675e+06\n"
		  "# EOF\n");
}

TEST(openmetrics, Summaries)
{
	ClientMetric metric;

	metric.summary.quantile = {{0.5, 2}, {1, 3}};
	metric.summary.sample_count = 2;
	metric.summary.sample_sum = 5;
	EXPECT_EQ(openmetrics({family("x", MetricType::Summary, metric)}), "# TYPE x summary\n"
									   "# HELP x What it is.\n"
									   "x{quantile=\"0.5\"} 2.0\n"
									   "x{quantile=\"1.0\"} 3.0\n"
									   "x_count 2\n"
									   "x_sum 5.0\n"
									   "# EOF\n");
}

TEST(openmetrics, UntypedIsUnknown)
{
	ClientMetric metric;

	metric.untyped.value = -0.125;
	EXPECT_EQ(openmetrics({family("x", MetricType::Untyped, metric)}), "# TYPE x unknown\n"
									   "# HELP x What it is.\n"
									   "x -0.125\n"
									   "# EOF\n");
}

TEST(openmetrics, TextIsEscaped)
{
	MetricFamily odd = gauge("x", 0);

	odd.help = "a \"b\" \\ c\nd";
	odd.metric[0].label = {{"name", "\"\\\n{},é"}};
	EXPECT_EQ(openmetrics({odd}), "# TYPE x gauge\n"
				      "# HELP x a \\\"b\\\" \\\\ c\\nd\n"
				      "x{name=\"\\\"\\\\\\n{},é\"} 0.0\n"
				      "# EOF\n");
}

TEST(openmetrics, NumbersAreFloats)
{
	for (const auto &[value, written] : std::initializer_list<std::pair<double, const char *>>{
		     {-1, "-1.0"}, {0.001, "0.001"}, {0.0001, "0.0001"}, {1e-5, "1e-05"}, {1e-10, "1e-10"},
		     {999'999, "999999.0"}, {1e10, "1e+10"}, {9007199254740991, "9.007199254740991e+15"},
		     {infinity, "+Inf"}, {-infinity, "-Inf"}, {std::numeric_limits<double>::quiet_NaN(), "NaN"}})
		EXPECT_NE(openmetrics({gauge("x", value)}).find(std::string("\nx ") + written + "\n"),
			  std::string::npos) << written;
}

std::set<std::string> series_of(const std::string &page)
{
	std::istringstream lines(page);
	std::set<std::string> result;

	for (std::string line; std::getline(lines, line);)
		if (!line.starts_with('#'))
			result.insert(line.substr(0, line.rfind(' ')));
	return result;
}

/** A time series that changes its name with the format would end in the middle. */
TEST(openmetrics, TimeSeriesAreThoseOfTheOtherFormat)
{
	metrics metrics(1, 0);
	report growth;

	growth.rows.emplace_back().name = "a\"b";
	growth.rows.back().success = 5000;
	growth.not_visible = {"miss"};
	growth.fault_times.emplace().all[VMALOCK_FAULT_RETRIED].total_ns = 1;
	metrics.add(growth, 0.25);
	const auto series = series_of(openmetrics(metrics.Collect()));
	EXPECT_EQ(series, series_of(prometheus::TextSerializer().Serialize(metrics.Collect())));
	EXPECT_TRUE(series.contains("vmalock_vma_lock_success_total{process=\"a\\\"b\"}"));
}

} // namespace
} // namespace vmalock::test
