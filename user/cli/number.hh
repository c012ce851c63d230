// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Numbers of the kernel as debuggers print them.
 */
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace vmalock {

/**
 * Decimal, or hexadecimal behind 0x. A negative number is the one that has the
 * same bits, since debuggers show a refcount_t as an int and an atomic_long_t as a long.
 * @param bits that the number has, 32 or 64
 * @return the number, or a sentence that says why @p word is not one.
 */
std::variant<std::uint64_t, std::string> read_number(const std::string &word, unsigned bits);

} // namespace vmalock
