// SPDX-License-Identifier: GPL-2.0-only
#include "output/error.hh"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "output/json_values.hh"
#include "output/stream.hh"

namespace vmalock {

void put_error(std::FILE *results, bool json, const std::string &sentence)
{
	if (!json) {
		fmt::print(stderr, "vmalock: error: {}\n", sentence);
		return;
	}
	const std::string line = to_line({{"error", sentence}}) + "\n";
	if (!put(results, line))
		put(stderr, line);
}

} // namespace vmalock
