// SPDX-License-Identifier: GPL-2.0-only
#include "collect/helper_stats.hh"

#include <fstream>
#include <stdexcept>

#include "model/words.hh"

namespace vmalock {

namespace {
constexpr const char *path = "/sys/kernel/debug/vmalock/stats";
}

helper_counts parse_helper_stats(std::istream &stream)
{
	helper_counts counts{};
	std::string word;
	std::uint64_t value;

	if (!(stream >> word >> value) || word != "version" || value != VMALOCK_ABI_VERSION)
		throw std::runtime_error(std::string(path) + " is of another version than this tool: "
					 "install tool and module from the same release");
	while (stream >> word >> value)
		for (std::size_t outcome = 0; outcome < counts.size(); outcome++)
			if (word == word_for(static_cast<vmalock_outcome>(outcome)))
				counts[outcome] = value;
	return counts;
}

std::optional<helper_counts> read_helper_stats()
{
	std::ifstream stream(path);

	if (!stream)
		return std::nullopt;
	return parse_helper_stats(stream);
}

} // namespace vmalock
