// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/label_places.hh"

#include "output/table.hh"

namespace vmalock {

namespace {

/** Who makes up names by the million has them begin anew, and fills no memory. */
constexpr std::size_t most_waiting = 4096;

} // namespace

std::string label_places::value_for(const std::string &name, std::uint64_t events)
{
	// Who looks at the metrics may do so on a terminal.
	const std::string value = one_line(name);

	if (taken.contains(value))
		return value;
	// An empty value would be a label that is not there.
	if (value.empty() || value == rest || taken.size() == most)
		return rest;
	if (waiting.size() == most_waiting)
		waiting.clear();
	if ((waiting[value] += events) < enough)
		return rest;
	taken.insert(value);
	waiting.erase(value);
	if (taken.size() == most)
		waiting.clear();
	return value;
}

} // namespace vmalock
