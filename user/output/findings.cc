// SPDX-License-Identifier: GPL-2.0-only
#include "output/findings.hh"

#include <nlohmann/json.hpp>

#include "output/json_values.hh"
#include "output/table.hh"

namespace vmalock {

namespace {

constexpr int schema = 1;
constexpr std::size_t indent = 22;

std::string_view word_for(health state)
{
	switch (state) {
	case health::good: return "ok";
	case health::limited: return "limited";
	case health::bad: return "bad";
	}
	return "unknown";
}

std::string_view verdict(health state)
{
	switch (state) {
	case health::good: return "Tracing works here, and reports will be complete.";
	case health::limited: return "Tracing works here; items marked 'limited' will be missing from reports.";
	case health::bad: return "Tracing does not work here.";
	}
	return "";
}

} // namespace

std::string to_text(const std::string &kernel, const std::vector<finding> &findings)
{
	buffer out;

	line(out, "Linux {}\n", printable(kernel, 60));
	for (const finding &finding : findings) {
		fmt::format_to(std::back_inserter(out), "{:<8} {:<12} ", word_for(finding.state),
			       finding.subject);
		add_wrapped(out, finding.found, indent);
		if (finding.advice.empty())
			continue;
		fmt::format_to(std::back_inserter(out), "{:{}}", "", indent);
		add_wrapped(out, "-> " + finding.advice, indent);
	}
	line(out, "\n{}", verdict(overall(findings)));
	return fmt::to_string(out);
}

std::string to_json(const std::string &kernel, const std::vector<finding> &findings)
{
	nlohmann::ordered_json out = {{"schema", schema},
				      {"kernel", kernel},
				      {"traces", overall(findings) != health::bad},
				      {"findings", nlohmann::ordered_json::array()}};

	for (const finding &finding : findings)
		out["findings"].push_back({{"subject", finding.subject},
					   {"state", word_for(finding.state)},
					   {"found", finding.found},
					   {"advice", finding.advice}});
	return to_line(out);
}

} // namespace vmalock
