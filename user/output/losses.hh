// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What was lost, by cause.
 */
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/snapshot.hh"
#include "output/table.hh"

namespace vmalock {

/** Those causes that lost anything, as "1,234 events ..."; numbers at least @p width wide. */
std::vector<std::string> in_words(const loss_counts &losses, int width = 0);

/** For people: what is missing above, or that nothing is. */
void add_losses(buffer &out, const loss_counts &losses);

/** For people: what could not be seen, a line each. */
void add_not_visible(buffer &out, const std::vector<std::string> &not_visible);

/** Both. @param could_be_exact --exact would have lost less */
void add_missing(buffer &out, const loss_counts &losses, bool could_be_exact,
		 const std::vector<std::string> &not_visible);

/** For programs: every cause. */
nlohmann::ordered_json to_json(const loss_counts &losses);

} // namespace vmalock
