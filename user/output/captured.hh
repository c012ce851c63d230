// SPDX-License-Identifier: GPL-2.0-only
/** @file What the parts of a capture have in common. */
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "model/process_id.hh"
#include "model/user_frame.hh"

namespace vmalock {

struct snapshot;

void to_json(nlohmann::json &out, const process_id &id);
void from_json(const nlohmann::json &in, process_id &id);
void to_json(nlohmann::json &out, const user_frame &frame);
void from_json(const nlohmann::json &in, user_frame &frame);

/** @name The object of a snapshot: a line of a capture, a frame of a recording. */
///@{
void to_json(nlohmann::json &out, const snapshot &snapshot);
void from_json(const nlohmann::json &in, snapshot &snapshot);
///@}

/** A number of the ABI that has @p count values; a capture may hold anything. */
template <class Enum>
Enum captured_number(const nlohmann::json &in, int count)
{
	auto value = in.get<int>();

	if (value < 0 || value >= count)
		throw std::out_of_range("there is no " + std::to_string(value) + " of " +
					std::to_string(count));
	return static_cast<Enum>(value);
}

} // namespace vmalock
