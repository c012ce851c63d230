// SPDX-License-Identifier: GPL-2.0-only
#include "output/json_values.hh"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace vmalock {

using nlohmann::ordered_json;

/** In ASCII: a terminal obeys other characters too, and parsers read the same. */
std::string to_line(const ordered_json &object)
{
	return object.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

ordered_json text_or_null(const std::string &text)
{
	return text.empty() ? ordered_json() : ordered_json(text);
}

ordered_json hexadecimal(std::uint64_t number)
{
	return fmt::format("{:#x}", number);
}

ordered_json hexadecimal(const std::vector<std::uint64_t> &numbers)
{
	ordered_json result = ordered_json::array();

	for (std::uint64_t number : numbers)
		result.push_back(hexadecimal(number));
	return result;
}

} // namespace vmalock
