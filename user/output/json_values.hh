// SPDX-License-Identifier: GPL-2.0-only
/** @file What the JSON of all views is made of. See docs/json.md. */
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace vmalock {

/** JSON on one line. Process names are bytes; what is no UTF-8 is replaced, not thrown at. */
std::string to_line(const nlohmann::ordered_json &object);

/** Null if there is none. */
nlohmann::ordered_json text_or_null(const std::string &text);

/** Numbers of 64 bits lose digits in most readers of JSON: addresses are text. */
nlohmann::ordered_json hexadecimal(std::uint64_t number);
nlohmann::ordered_json hexadecimal(const std::vector<std::uint64_t> &numbers);

} // namespace vmalock
