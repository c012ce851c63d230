// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Which instruction of a kernel function can follow which. Of x86-64 only.
 */
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace vmalock {

/** A function of the kernel's, and what it calls. */
struct machine_code {
	std::span<const std::uint8_t> bytes;	///< from its begin, and beyond its end
	std::uint64_t start = 0;		///< where they lie
	std::uint64_t walk = 0;			///< the look-up
	std::uint64_t stack_check_failed = 0;	///< does not return; 0: there is none
};

/** Where every way out of the function leads; no instruction is there. */
inline constexpr std::uint64_t outside = 0;

struct instruction {
	std::vector<std::uint64_t> next;
	std::uint64_t end = 0;		///< where it does
	bool direct = false;		///< a jump or call that is always taken, to a known place
	bool walks = false;		///< calls the look-up
	bool breakpoint = false;	///< somebody's probe
};

/** What can be reached from the begin of a function, by address. */
using flow = std::map<std::uint64_t, instruction>;

/** @return empty where something is not understood. */
std::optional<flow> flow_of(const machine_code &code);

} // namespace vmalock
