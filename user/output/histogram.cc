// SPDX-License-Identifier: GPL-2.0-only
#include "output/histogram.hh"

#include <nlohmann/json.hpp>

namespace vmalock {

nlohmann::ordered_json histogram(const time_buckets &times)
{
	nlohmann::ordered_json result = nlohmann::ordered_json::array();

	for (std::size_t bucket = 0; bucket < times.size(); bucket++)
		if (times[bucket])
			result.push_back({{"from_ns", std::uint64_t(1) << bucket},
					  {"count", times[bucket]}});
	return result;
}

} // namespace vmalock
