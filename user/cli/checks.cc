// SPDX-License-Identifier: GPL-2.0-only
#include "cli/checks.hh"

namespace vmalock {

CLI::Validator option_check(std::string (*complaint)(const std::string &))
{
	return CLI::Validator([complaint](std::string &word) { return complaint(word); }, "");
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

} // namespace vmalock
