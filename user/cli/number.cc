// SPDX-License-Identifier: GPL-2.0-only
#include "cli/number.hh"

#include <charconv>
#include <limits>

namespace vmalock {

std::variant<std::uint32_t, std::string> read_number(const std::string &word)
{
	const bool hexadecimal = word.starts_with("0x") || word.starts_with("0X");
	const char *first = word.data() + (hexadecimal ? 2 : 0), *last = word.data() + word.size();
	std::int64_t value = 0;
	auto [end, error] = std::from_chars(first, last, value, hexadecimal ? 16 : 10);

	if (end != last || error == std::errc::invalid_argument || (hexadecimal && *first == '-')) {
		if (!word.empty() && word.find_first_not_of("0123456789abcdefABCDEF") == word.npos)
			return word + " is hexadecimal: write 0x" + word;
		return "'" + word + "' is not a number: give a decimal number, or 0x and a hexadecimal one";
	}
	if (error == std::errc::result_out_of_range ||
	    value > std::numeric_limits<std::uint32_t>::max() ||
	    value < std::numeric_limits<std::int32_t>::min())
		return word + " does not fit into 32 bits";
	return static_cast<std::uint32_t>(value);
}

} // namespace vmalock
