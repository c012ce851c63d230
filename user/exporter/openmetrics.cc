// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/openmetrics.hh"

#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace vmalock {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

/** As bounds must be written and values may be: as Go does, but never as an integer. */
std::string canonical(double value)
{
	const double size = std::abs(value);
	const bool has_exponent = size != 0 && (size < 1e-4 || size >= 1e6);
	char digits[32];

	if (!std::isfinite(value))
		return std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
	const auto written = std::to_chars(std::begin(digits), std::end(digits), value,
					   has_exponent ? std::chars_format::scientific
							: std::chars_format::fixed);
	std::string result(digits, written.ptr);
	if (!has_exponent && result.find('.') == result.npos)
		result += ".0";
	return result;
}

std::string escaped(std::string_view text)
{
	std::string result;

	for (const char c : text) {
		if (c == '\\' || c == '"' || c == '\n')
			result += '\\';
		result += c == '\n' ? 'n' : c;
	}
	return result;
}

/** What is said of a family before its samples. */
struct descriptor {
	std::string_view name;	///< without what its type adds to the name of a sample
	std::string_view type;
};

descriptor descriptor_of(const MetricFamily &family)
{
	const std::string_view name = family.name;
	auto without = [&](std::string_view suffix) { return name.substr(0, name.size() - suffix.size()); };

	switch (family.type) {
	case MetricType::Counter:
		if (name.ends_with("_total"))
			return {without("_total"), "counter"};
		break;
	case MetricType::Gauge:
		if (name.ends_with("_info"))
			return {without("_info"), "info"};
		return {name, "gauge"};
	case MetricType::Histogram:
		return {name, "histogram"};
	case MetricType::Summary:
		return {name, "summary"};
	case MetricType::Untyped:
		break;
	}
	return {name, "unknown"};
}

class page {
public:
	void add(const MetricFamily &family)
	{
		const auto [name, type] = descriptor_of(family);

		line("# TYPE {} {}", name, type);
		if (name.ends_with("_seconds") && type != "info")
			line("# UNIT {} seconds", name);
		line("# HELP {} {}", name, escaped(family.help));
		for (const ClientMetric &metric : family.metric)
			add(family.name, family.type, metric);
	}

	std::string end()
	{
		line("# EOF");
		return std::move(text);
	}

private:
	template <typename... T>
	void line(fmt::format_string<T...> format, T &&...values)
	{
		fmt::format_to(std::back_inserter(text), format, std::forward<T>(values)...);
		text += '\n';
	}

	void sample(const std::string &name, const labels &labels, const std::string &value)
	{
		std::string list;

		for (const auto &[label, what] : labels)
			list += fmt::format("{}{}=\"{}\"", list.empty() ? "" : ",", label, escaped(what));
		line("{}{} {}", name, list.empty() ? "" : "{" + list + "}", value);
	}

	void at(const std::string &name, labels labels, const char *label, double where, const std::string &value)
	{
		labels.push_back({label, canonical(where)});
		sample(name, labels, value);
	}

	void sums(const std::string &name, const labels &labels, const auto &of)
	{
		sample(name + "_count", labels, std::to_string(of.sample_count));
		sample(name + "_sum", labels, canonical(of.sample_sum));
	}

	void add(const std::string &name, MetricType type, const ClientMetric &metric)
	{
		switch (type) {
		case MetricType::Counter:
			sample(name, metric.label, canonical(metric.counter.value));
			break;
		case MetricType::Gauge:
			sample(name, metric.label, canonical(metric.gauge.value));
			break;
		case MetricType::Untyped:
			sample(name, metric.label, canonical(metric.untyped.value));
			break;
		case MetricType::Histogram:
			for (const auto &bucket : metric.histogram.bucket)
				at(name + "_bucket", metric.label, "le", bucket.upper_bound,
				   std::to_string(bucket.cumulative_count));
			sums(name, metric.label, metric.histogram);
			break;
		case MetricType::Summary:
			for (const auto &quantile : metric.summary.quantile)
				at(name, metric.label, "quantile", quantile.quantile, canonical(quantile.value));
			sums(name, metric.label, metric.summary);
			break;
		}
	}

	std::string text;
};

} // namespace

std::string openmetrics(const std::vector<MetricFamily> &families)
{
	page page;

	for (const MetricFamily &family : families)
		page.add(family);
	return page.end();
}

} // namespace vmalock
