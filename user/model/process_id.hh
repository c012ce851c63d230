// SPDX-License-Identifier: GPL-2.0-only
/** @file The identity of a process, and its name. */
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

#include "uapi/types.h"

namespace vmalock {

/** One process; the start time tells it from a later one with the same id. */
struct process_id {
	std::uint32_t pid = 0;
	std::uint64_t start_ns = 0;

	auto operator<=>(const process_id &) const = default;
};

/** All processes of one name that have exited and been added up, see exited_sums. */
constexpr bool is_sum(process_id id)
{
	return !id.pid && id.start_ns;
}

/** The name of a process as the kernel has it: so many bytes at most, and zeros behind them. */
class comm_name {
public:
	comm_name() = default;
	explicit comm_name(std::string_view text)
	{
		std::ranges::copy(text.substr(0, std::min(text.find('\0'), bytes.size() - 1)),
				  bytes.begin());
	}

	std::string text() const { return {bytes.data(), strnlen(bytes.data(), bytes.size())}; }
	bool empty() const { return !bytes[0]; }
	/** What tells it from most others. */
	std::uint64_t mixed() const
	{
		const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(bytes);

		return halves[0] ^ std::rotl(halves[1], 7);
	}

	auto operator<=>(const comm_name &) const = default;

private:
	std::array<char, VMALOCK_COMM_LEN> bytes{};
};

/** Names of processes, as far as they were learnt. */
using process_names = std::map<process_id, std::string>;

/** Empty if it was not learnt. */
inline std::string name_of(const process_names &names, process_id id)
{
	auto found = names.find(id);

	return found == names.end() ? "" : found->second;
}

} // namespace vmalock
