// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/label_places.hh"

#include <nlohmann/json.hpp>

namespace vmalock {

namespace {

/** Who makes up names by the million has them begin anew, and fills no memory. */
constexpr std::size_t most_waiting = 4096;

std::string valid_utf8(const std::string &name)
{
	using nlohmann::json;

	return json::parse(json(name).dump(-1, ' ', false, json::error_handler_t::replace));
}

} // namespace

std::string label_places::value_for(const std::string &name, std::uint64_t events)
{
	const std::string value = valid_utf8(name);

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
