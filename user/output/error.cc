// SPDX-License-Identifier: GPL-2.0-only
#include "output/error.hh"

#include <nlohmann/json.hpp>

#include "output/json_values.hh"
#include "output/stream.hh"
#include "output/table.hh"

namespace vmalock {

void say(const std::string &sentence)
{
	put(stderr, "vmalock: " + one_line(sentence) + "\n");
}

void put_error(std::FILE *results, bool json, const std::string &sentence)
{
	if (!json) {
		say("error: " + sentence);
		return;
	}
	const std::string line = to_line({{"error", sentence}}) + "\n";
	if (!put(results, line))
		put(stderr, line);
}

} // namespace vmalock
