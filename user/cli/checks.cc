// SPDX-License-Identifier: GPL-2.0-only
#include "cli/checks.hh"

namespace vmalock {

CLI::Validator option_check(std::function<std::optional<std::string>(const std::string &)> problem_with)
{
	return CLI::Validator([problem_with = std::move(problem_with)](std::string &word) {
		return problem_with(word).value_or("");
	}, "");
}

CLI::Validator whole_number(std::uint64_t from, std::uint64_t to, const std::string &rule)
{
	return CLI::Validator([=](std::string &word) {
		std::uint64_t value;

		if (CLI::detail::lexical_cast(word, value) && value >= from && value <= to)
			return std::string();
		return rule + ", not " + word;
	}, "");
}

CLI::Validator choice(const std::vector<std::string> &words)
{
	CLI::Validator result = CLI::IsMember(words);

	result.name(result.get_description());
	return result.description("");
}

std::vector<std::string> choices(CLI::Option &option)
{
	try {
		const std::string words = option.get_validator(0)->get_name();

		// No other check has a name.
		if (!words.empty())
			return CLI::detail::split(words.substr(1, words.size() - 2), ',');
	} catch (const CLI::OptionNotFound &) {
		// It has no check at all.
	}
	return {};
}

} // namespace vmalock
