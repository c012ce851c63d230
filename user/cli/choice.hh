// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Options whose value is one of a few words.
 */
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace vmalock {

/**
 * The check of such an option. It knows the words under its name, which help
 * does not show, for choices() to find.
 * @param complaint as CLI11 has it: empty, or why the word is none of @p words
 */
CLI::Validator choice(const std::vector<std::string> &words,
		      std::function<std::string(std::string &)> complaint);

/** The words that an option takes; none if it takes anything. */
std::vector<std::string> choices(CLI::Option &option);

} // namespace vmalock
