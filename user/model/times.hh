// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Histograms of durations: bucket n holds those from 2^n ns to twice that.
 */
#pragma once

#include <array>
#include <cstdint>

#include "uapi/durations.h"

namespace vmalock {

using time_buckets = std::array<std::uint64_t, VMALOCK_WAIT_BUCKETS>;

struct times {
	std::uint64_t total_ns = 0;
	time_buckets buckets{};

	bool operator==(const times &) const = default;
	times &operator+=(const times &more);
};

/** What came since @p before, of durations that are only ever added. */
times operator-(const times &after, const times &before);

/** The bucket that a duration is counted in. */
std::size_t bucket_of(std::uint64_t ns);

/** This duration alone. */
times once(std::uint64_t ns);

std::uint64_t count_of(const time_buckets &buckets);

/** The upper end of the bucket that holds the median, in ns; zero if all are empty. */
std::uint64_t median_below(const time_buckets &buckets);

/** The upper end of the last bucket that is not empty. */
std::uint64_t longest_below(const time_buckets &buckets);

} // namespace vmalock
