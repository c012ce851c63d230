// SPDX-License-Identifier: GPL-2.0-only
#include "cli/number.hh"

#include <charconv>
#include <fmt/format.h>
#include <limits>

namespace vmalock {

std::variant<std::uint64_t, std::string> read_number(const std::string &word, unsigned bits)
{
	const bool hexadecimal = word.starts_with("0x") || word.starts_with("0X");
	const bool negative = word.starts_with('-');
	const char *first = word.data() + (hexadecimal ? 2 : negative), *last = word.data() + word.size();
	const std::uint64_t most = std::numeric_limits<std::uint64_t>::max() >> (64 - bits);
	std::uint64_t value = 0;
	auto [end, error] = std::from_chars(first, last, value, hexadecimal ? 16 : 10);

	if (end != last || error == std::errc::invalid_argument) {
		if (!word.empty() && word.find_first_not_of("0123456789abcdefABCDEF") == word.npos)
			return word + " is hexadecimal: write 0x" + word;
		return "'" + word + "' is not a number: give a decimal number, or 0x and a hexadecimal one";
	}
	if (error == std::errc::result_out_of_range || value > (negative ? most / 2 + 1 : most))
		return fmt::format("{} does not fit into {} bits", word, bits);
	return (negative ? -value : value) & most;
}

} // namespace vmalock
