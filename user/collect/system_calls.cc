// SPDX-License-Identifier: GPL-2.0-only
#include "collect/system_calls.hh"

#include <algorithm>

#include "uapi/stacks.h"

namespace vmalock {

namespace {

struct system_call {
	std::uint32_t number;
	const char *name;
};

constexpr system_call system_calls[] = {
#include "system_calls.inc"
};

} // namespace

std::string name_of_system_call(std::uint32_t number)
{
	if (number == VMALOCK_SYSCALL_NONE)
		return "";
	if (number & VMALOCK_SYSCALL_COMPAT)
		return "32-bit " + std::to_string(number & ~VMALOCK_SYSCALL_COMPAT);
	auto found = std::ranges::find(system_calls, number, &system_call::number);

	return found == std::end(system_calls) ? std::to_string(number) : found->name;
}

} // namespace vmalock
