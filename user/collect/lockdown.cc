// SPDX-License-Identifier: GPL-2.0-only
#include "collect/lockdown.hh"

#include <fstream>

namespace vmalock {

/* The level stands in brackets among those there are. */
std::string lockdown_level()
{
	std::ifstream stream("/sys/kernel/security/lockdown");
	std::string levels;

	std::getline(stream, levels);
	const auto begin = levels.find('['), end = levels.find(']');
	return begin < end && end != levels.npos ? levels.substr(begin + 1, end - begin - 1) : "";
}

} // namespace vmalock
