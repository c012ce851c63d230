// SPDX-License-Identifier: GPL-2.0-only
#include "cli/offers.hh"

#include <algorithm>
#include <map>

#include "cli/checks.hh"

namespace vmalock {

namespace {

/** By the type_name() of options, and the name of operands. */
const std::map<std::string, offer> kinds = {
	{"PID", offer::process},
	{"TID", offer::thread},
	{"NAME", offer::process_name},
	{"PATH", offer::cgroup},
	{"FILE", offer::file},
	{"COMMAND", offer::command},
};

offered_value value_of(CLI::Option &option, const std::string &name)
{
	offered_value result{name, offer::nothing, choices(option)};

	if (!result.words.empty())
		result.kind = option.get_delimiter() == ',' ? offer::list : offer::words;
	else if (auto kind = kinds.find(name); kind != kinds.end())
		result.kind = kind->second;
	return result;
}

offered_option option_of(CLI::Option &option)
{
	offered_option result;

	for (const std::string &name : option.get_snames())
		result.names.push_back("-" + name);
	for (const std::string &name : option.get_lnames())
		result.names.push_back("--" + name);
	result.description = option.get_description();
	std::ranges::replace(result.description, '\n', ' ');
	result.repeats = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
	if (option.get_items_expected_max() > 0)
		result.value = value_of(option, option.get_type_name());
	return result;
}

} // namespace

offered_command offers_of(CLI::App &app)
{
	offered_command result;

	result.name = app.get_name();
	result.description = app.get_description();
	for (CLI::Option *option : app.get_options()) {
		if (option->nonpositional())
			result.options.push_back(option_of(*option));
		else if (!result.operand)
			result.operand = value_of(*option, option->get_name());
	}
	for (CLI::App *subcommand : app.get_subcommands({}))
		result.subcommands.push_back(offers_of(*subcommand));
	return result;
}

} // namespace vmalock
