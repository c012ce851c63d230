// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A limit of events per second. Pure: the caller passes the time.
 */
#pragma once

#include <algorithm>
#include <cstdint>

namespace vmalock {

/**
 * A bucket of tokens that holds those of one second, and is full at first: no
 * second sees more than twice as many, and no longer time more than one a token.
 */
class rate_limit {
public:
	/** @param per_second zero: let everything through */
	explicit rate_limit(std::uint64_t per_second) : per_second(per_second) {}

	/** May one more pass? @param now_ns of any clock that does not go back */
	bool pass(std::uint64_t now_ns)
	{
		if (!per_second)
			return true;
		// In tokens times ns, so that no part of one is lost.
		credit = std::min(full, credit + std::min(now_ns - last_ns, second) * per_second);
		last_ns = now_ns;
		if (credit < second)
			return false;
		credit -= second;
		return true;
	}

private:
	static constexpr std::uint64_t second = 1'000'000'000;

	std::uint64_t per_second;
	std::uint64_t full = per_second * second;
	std::uint64_t credit = full;
	std::uint64_t last_ns = 0;
};

} // namespace vmalock
