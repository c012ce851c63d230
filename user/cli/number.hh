// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * 32-bit numbers as debuggers print them.
 */
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace vmalock {

/**
 * Decimal, or hexadecimal behind 0x. A negative number is the one that has the
 * same bits, since debuggers show a refcount_t as an int.
 * @return the number, or a sentence that says why @p word is not one.
 */
std::variant<std::uint32_t, std::string> read_number(const std::string &word);

} // namespace vmalock
