// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Checks of an option's value. They have no description, because it would only repeat
 * the help's words.
 */
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vmalock {

/** @param problem_with says in a sentence what is wrong with a value, if anything is */
CLI::Validator option_check(std::function<std::optional<std::string>(const std::string &)> problem_with);

/** From @p from to @p to. @param rule what the complaint begins with */
CLI::Validator whole_number(std::uint64_t from, std::uint64_t to, const std::string &rule);

/**
 * One of a few words. The words are the validator's name, which help does not show, for
 * choices() to find.
 */
CLI::Validator choice(const std::vector<std::string> &words);

/** The same for an option whose value is an enumerator: each word stands for one. */
template <class Enumerator>
void choose(CLI::Option &option, const std::vector<std::pair<std::string, Enumerator>> &words)
{
	std::vector<std::string> names;

	for (const auto &word : words)
		names.push_back(word.first);
	// CLI11 puts each transformation in front of those before.
	option.transform(CLI::Transformer(words).description(""));
	option.transform(choice(names));
}

/** The words that an option takes; none if it takes anything. */
std::vector<std::string> choices(CLI::Option &option);

} // namespace vmalock
