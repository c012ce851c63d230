// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/label_places.hh"

#include <algorithm>
#include <utility>

#include "output/table.hh"

namespace vmalock {

namespace {

/** Who makes up names by the million has them begin anew, and fills no memory. */
constexpr std::size_t most_waiting = 4096;

} // namespace

void label_places::keep(const std::string &name)
{
	if (const auto place = taken.find(one_line(name)); place != taken.end())
		place->second = now;
}

std::string label_places::value_for(const std::string &name, std::uint64_t events)
{
	// Who looks at the metrics may do so on a terminal.
	const std::string value = one_line(name);

	if (taken.contains(value))
		return value;
	// An empty value would be a label that is not there.
	if (value.empty() || value == rest)
		return rest;
	if (waiting.size() == most_waiting)
		waiting.clear();
	if ((waiting[value] += events) < enough || !has_room())
		return rest;
	taken.emplace(value, now);
	waiting.erase(value);
	return value;
}

/** Is there a place, or one whose name has been idle for long enough? That of the longest is taken away. */
bool label_places::has_room()
{
	if (taken.size() < most)
		return true;
	const auto longest = std::ranges::min_element(taken, {}, [](const auto &place) { return place.second; });

	if (longest == taken.end() || now - longest->second < idle_seconds)
		return false;
	lost.push_back(longest->first);
	taken.erase(longest);
	return true;
}

std::vector<std::string> label_places::take_lost()
{
	return std::exchange(lost, {});
}

} // namespace vmalock
