// SPDX-License-Identifier: GPL-2.0-only
#include "collect/helper_stats.hh"

#include <bit>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "model/words.hh"
#include "uapi/version.h"

namespace vmalock {

namespace {
constexpr const char *path = "/sys/kernel/debug/vmalock/stats";

/** Reads "name value" pairs to the end of the line; unknown names are a newer module's. */
void parse_counts(std::istream &line, helper_counts &counts, std::int64_t *held)
{
	std::string word;
	std::int64_t value;

	while (line >> word >> value) {
		for (std::size_t outcome = 0; outcome < counts.size(); outcome++)
			if (word == word_for(static_cast<vmalock_outcome>(outcome)))
				counts[outcome] = static_cast<std::uint64_t>(value);
		if (held && word == "held")
			*held = value;
	}
}

helper_caller &caller_named(helper_stats &stats, const std::string &name)
{
	for (helper_caller &caller : stats.callers)
		if (caller.name == name)
			return caller;
	stats.callers.push_back({.name = name});
	return stats.callers.back();
}

} // namespace

helper_stats parse_helper_stats(std::istream &stream)
{
	helper_stats stats;
	std::string word, text;
	std::uint64_t value;

	if (!(stream >> word >> value) || word != "version" || value != VMALOCK_ABI_VERSION)
		throw std::runtime_error(std::string(path) + " is of another version than this tool: "
					 "install tool and module from the same release");
	while (std::getline(stream, text)) {
		std::istringstream line(text);
		std::string name;

		if (text.starts_with("caller ")) {
			line >> word >> name;
			helper_caller &caller = caller_named(stats, name);
			parse_counts(line, caller.calls, &caller.held);
		} else if (text.starts_with("wait ")) {
			std::uint64_t from_ns = 0, count = 0;

			line >> word >> name >> from_ns >> count;
			if (from_ns && std::bit_width(from_ns) <= VMALOCK_WAIT_BUCKETS)
				caller_named(stats, name).waits[std::bit_width(from_ns) - 1] = count;
		} else {
			parse_counts(line, stats.calls, nullptr);
		}
	}
	return stats;
}

std::optional<helper_stats> read_helper_stats()
{
	std::ifstream stream(path);

	if (!stream)
		return std::nullopt;
	return parse_helper_stats(stream);
}

std::vector<std::string> helper_users()
{
	std::vector<std::string> result;
	std::error_code none;

	for (std::filesystem::directory_iterator entry("/sys/module/vmalock/holders", none), end;
	     !none && entry != end; entry.increment(none))
		result.push_back(entry->path().filename().string());
	return result;
}

} // namespace vmalock
