// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What must be known of CBOR before a decoder that recurses is given it.
 *
 * Not by limits in a handler of nlohmann::json's sax_parse(), which is told of arrays
 * and maps but not of texts and byte strings of open length: the parser calls itself
 * for one inside of another, and 100,000 bytes of 0x7f end the process (3.11.3).
 */
#pragma once

#include <cstdint>
#include <string_view>

namespace vmalock {

/** Deepest nesting of arrays and maps; a snapshot needs 9. */
constexpr int most_depth = 32;

/** Most items, arrays and maps counted too: what bounds the decoder's memory. */
constexpr std::uint64_t most_items = 1 << 24;

/** What fits wherever a number is read. @throw std::runtime_error if @p value is not below 2^31, or negative */
void expect_in_range(double value);

/**
 * The part of CBOR that a recording uses, and nothing else: one item of null,
 * booleans, integers, text, arrays and maps of definite length, and floating-point
 * numbers in range.
 * @param most items of it
 * @return how many it has
 * @throw std::runtime_error saying what else is there.
 */
std::uint64_t check_cbor(std::string_view bytes, std::uint64_t most = most_items);

} // namespace vmalock
