// SPDX-License-Identifier: GPL-2.0-only
/** @file What the frames of a recording hold. See docs/recording.md. */
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "recording/run.hh"

namespace vmalock {

void to_json(nlohmann::json &out, const recorded_run &run);
void from_json(const nlohmann::json &in, recorded_run &run);

void to_json(nlohmann::json &out, const recorded_snapshot &snapshot);
void from_json(const nlohmann::json &in, recorded_snapshot &snapshot);

/** What an end frame holds. */
nlohmann::json end_of(std::size_t run);

/** Which run a snapshot or an end is of. @throw std::exception if it does not say. */
std::size_t run_of(const nlohmann::json &in);

} // namespace vmalock
