// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How the functions of a user stack are shown.
 */
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "model/user_frame.hh"

namespace vmalock {

/** The function, or as much as is known without it: file+0xoffset, 0xaddress. */
std::string name_of(const user_frame &frame);

/** For programs: null if the stack was not named. See docs/json.md. */
nlohmann::ordered_json to_json(const user_frames &frames);

} // namespace vmalock
