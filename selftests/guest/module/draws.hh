// SPDX-License-Identifier: GPL-2.0-only
/** @file Random draws that VMALOCK_SEED repeats; suites print the seed. */
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

namespace guest {

/** Drawn once for all tests of a suite, if it is asked for before they begin. */
inline std::uint64_t seed()
{
	static const std::uint64_t seed = [] {
		const char *given = std::getenv("VMALOCK_SEED");
		return given ? std::strtoull(given, nullptr, 0) : std::random_device()();
	}();
	return seed;
}

/** Draws for one task. */
class random_draws {
public:
	explicit random_draws(unsigned task) : random_(seed() + task) {}
	std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

private:
	std::mt19937_64 random_;
};

} // namespace guest
