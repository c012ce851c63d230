// SPDX-License-Identifier: GPL-2.0-only
#include "cli/choice.hh"

#include <fmt/ranges.h>

namespace vmalock {

namespace {

/** No other check has a name. */
constexpr const char *prefix = "one of ";

} // namespace

CLI::Validator choice(const std::vector<std::string> &words,
		      std::function<std::string(std::string &)> complaint)
{
	return CLI::Validator(std::move(complaint), "",
			      fmt::format("{}{}", prefix, fmt::join(words, " ")));
}

std::vector<std::string> choices(CLI::Option &option)
{
	try {
		const std::string name = option.get_validator("")->get_name();

		if (name.starts_with(prefix))
			return CLI::detail::split(name.substr(std::string_view(prefix).size()), ' ');
	} catch (const CLI::OptionNotFound &) {
		// It has no check at all.
	}
	return {};
}

} // namespace vmalock
