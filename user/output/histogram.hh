// SPDX-License-Identifier: GPL-2.0-only
/** @file Histograms for programs. */
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/times.hh"

namespace vmalock {

/** Times by their length, without empty buckets: how many, and from how many ns. */
nlohmann::ordered_json histogram(const time_buckets &times);

} // namespace vmalock
