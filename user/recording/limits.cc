// SPDX-License-Identifier: GPL-2.0-only
#include "recording/limits.hh"

#include "recording/cbor.hh"

namespace vmalock {

using nlohmann::json;

json parsed(const std::string &text)
{
	return json::parse(text, [](int, json::parse_event_t event, const json &value) {
		if (event == json::parse_event_t::value && value.is_number_float())
			expect_in_range(value.get<double>());
		return true;
	});
}

} // namespace vmalock
