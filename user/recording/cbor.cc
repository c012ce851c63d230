// SPDX-License-Identifier: GPL-2.0-only
#include "recording/cbor.hh"

#include <array>
#include <bit>
#include <cstdint>
#include <stdexcept>

namespace vmalock {

namespace {

/** RFC 8949, 3.1 */
enum major { unsigned_number, negative_number, bytes_string, text, array, map, tag, simple };

/** RFC 8949, 3.3 */
enum { is_false = 20, is_true = 21, is_null = 22, single_float = 26, double_float = 27 };

class walk {
public:
	explicit walk(std::string_view bytes) : rest(bytes) {}

	/** Iterative: depth costs no stack. @return how many items there are */
	std::uint64_t all(std::uint64_t most)
	{
		std::array<std::uint64_t, most_depth> missing{1};	// items, by depth
		std::size_t depth = 0;
		std::uint64_t items = 0;

		for (;; items++) {
			while (!missing[depth] && depth)
				depth--;
			if (!missing[depth])
				break;
			if (items == most)
				throw std::runtime_error("it has too many items");
			missing[depth]--;
			if (std::uint64_t inside = item()) {
				if (++depth == most_depth)
					throw std::runtime_error("it is nested too deep");
				missing[depth] = inside;
			}
		}
		if (!rest.empty())
			throw std::runtime_error("there are bytes behind its end");
		return items;
	}

private:
	/** Steps over an item's head, and over a text. @return how many items are inside of it. */
	std::uint64_t item()
	{
		const unsigned head = static_cast<unsigned char>(bytes(1)[0]), low = head & 0x1f;
		const std::uint64_t argument = low < 24 ? low : number(low);

		switch (head >> 5) {
		case unsigned_number:
		case negative_number:
			return 0;
		case text:
			bytes(argument);
			return 0;
		case array:
			return at_most_rest(argument);
		case map:
			return 2 * at_most_rest(argument);
		case simple:
			check_simple(low, argument);
			return 0;
		default:
			throw std::runtime_error("it has a byte string or a tag");
		}
	}

	/** What follows the head, big-endian; the lengths that CBOR leaves open have no number. */
	std::uint64_t number(unsigned low)
	{
		std::uint64_t result = 0;

		if (low > 27)
			throw std::runtime_error("it has an item without a length");
		for (char byte : bytes(1u << (low - 24)))
			result = result << 8 | static_cast<unsigned char>(byte);
		return result;
	}

	/** An item is at least a byte. */
	std::uint64_t at_most_rest(std::uint64_t count) const
	{
		if (count > rest.size())
			throw std::runtime_error("it announces more items than it has bytes");
		return count;
	}

	static void check_simple(unsigned low, std::uint64_t argument)
	{
		double value = 0;

		if (low == single_float)
			value = std::bit_cast<float>(static_cast<std::uint32_t>(argument));
		else if (low == double_float)
			value = std::bit_cast<double>(argument);
		else if (low < is_false || low > is_null)
			throw std::runtime_error("it has a simple value of no known meaning");
		expect_in_range(value);
	}

	std::string_view bytes(std::uint64_t count)
	{
		if (count > rest.size())
			throw std::runtime_error("it ends too early");
		const std::string_view result = rest.substr(0, count);

		rest.remove_prefix(count);
		return result;
	}

	std::string_view rest;
};

} // namespace

void expect_in_range(double value)
{
	if (!(value >= 0 && value < 0x1p31))
		throw std::runtime_error("it has a number out of range");
}

std::uint64_t check_cbor(std::string_view bytes, std::uint64_t most)
{
	return walk(bytes).all(most);
}

} // namespace vmalock
