// SPDX-License-Identifier: GPL-2.0-only
/** @file JSON on one line. */
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace vmalock {

/** Process names are bytes; what is no UTF-8 is replaced, not thrown at. */
inline std::string dump(const nlohmann::ordered_json &object)
{
	return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace vmalock
