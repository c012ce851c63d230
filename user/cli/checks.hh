// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Checks of an option's value. They have no description, which would only repeat
 * the help's words.
 */
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace vmalock {

/** @param complaint empty, or a sentence on why the word will not do */
CLI::Validator option_check(std::string (*complaint)(const std::string &));

/** From @p from to @p to. @param rule what the complaint begins with */
CLI::Validator whole_number(std::uint64_t from, std::uint64_t to, const std::string &rule);

} // namespace vmalock
