// SPDX-License-Identifier: GPL-2.0-only
#include "output/followed_holds.hh"

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include "output/json_values.hh"

namespace vmalock {

namespace {

using nlohmann::ordered_json;

/** By the clock on the wall, where the reader of the report is. */
std::string time_of_day(std::uint64_t ns)
{
	const auto seconds = static_cast<std::time_t>(ns / 1'000'000'000);
	std::tm local{};

	localtime_r(&seconds, &local);
	return fmt::format("{:%H:%M:%S}.{:03}", local, ns / 1'000'000 % 1'000);
}

/** "2.0 % on a CPU, 0.1 % ready for one, 97.9 % asleep" */
std::string parts_of(const spent_holds &spent)
{
	std::string result = fmt::format("{} on a CPU, {} ready for one, {} asleep", share(spent.running_ns, spent.ns),
					 share(spent.runnable_ns, spent.ns), share(spent.asleep_ns, spent.ns));

	if (spent.reclaim_ns)
		result += fmt::format(", {} in reclaim", share(spent.reclaim_ns, spent.ns));
	return result;
}

void add_sleeps(buffer &out, const spent_holds &spent, std::size_t most)
{
	constexpr std::size_t columns = 80;

	for (std::size_t i = 0; i < rows_shown(spent.sleeps.size(), most); i++) {
		const sleep_row &row = spent.sleeps[i];
		const std::string begin = fmt::format("       asleep for {}: {}{}in ", duration(row.ns), row.why,
						      row.why.empty() ? "" : ", ");

		line(out, "{}{}", begin,
		     row.place.empty() ? "an unknown function" : printable(row.place, columns - begin.size()));
	}
}

ordered_json to_json(const spent_holds &spent)
{
	ordered_json sleeps = ordered_json::array();

	for (const sleep_row &row : spent.sleeps)
		sleeps.push_back({{"why", text_or_null(row.why)}, {"function", text_or_null(row.place)}, {"count", row.count}, {"ns", row.ns}});
	return {{"count", spent.count}, {"ns", spent.ns}, {"running_ns", spent.running_ns}, {"runnable_ns", spent.runnable_ns}, {"asleep_ns", spent.asleep_ns}, {"reclaim_ns", spent.reclaim_ns}, {"sleeps", std::move(sleeps)}};
}

} // namespace

void add_followed(buffer &out, const followed_holds &holds, std::size_t sleeps)
{
	const spent_holds &all = holds.all, &longest = holds.longest;

	if (!all.count)
		return;
	line(out, "     {} {}, {}:", grouped(all.count), all.count == 1 ? "hold" : "holds", duration(all.ns));
	line(out, "       {}", parts_of(all));
	add_sleeps(out, all, sleeps);
	if (!longest.count || all.count == 1)
		return;
	line(out, "     the longest, until {}, {}:", time_of_day(holds.longest_ended_ns), duration(longest.ns));
	line(out, "       {}", parts_of(longest));
	add_sleeps(out, longest, sleeps);
}

ordered_json to_json(const followed_holds &holds)
{
	if (!holds.all.count)
		return nullptr;
	ordered_json result = to_json(holds.all);

	result["longest"] = holds.longest.count ? to_json(holds.longest) : ordered_json();
	result["longest_ended_ns"] = holds.longest.count ? ordered_json(holds.longest_ended_ns) : ordered_json();
	return result;
}

} // namespace vmalock
