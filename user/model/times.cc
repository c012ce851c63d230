// SPDX-License-Identifier: GPL-2.0-only
#include "model/times.hh"

#include <algorithm>
#include <bit>
#include <numeric>

namespace vmalock {

namespace {

std::uint64_t upper_end(std::size_t bucket)
{
	return std::uint64_t(2) << bucket;
}

} // namespace

times &times::operator+=(const times &more)
{
	total_ns += more.total_ns;
	for (std::size_t bucket = 0; bucket < buckets.size(); bucket++)
		buckets[bucket] += more.buckets[bucket];
	return *this;
}

times operator-(const times &after, const times &before)
{
	times result = {after.total_ns - before.total_ns, {}};

	for (std::size_t bucket = 0; bucket < result.buckets.size(); bucket++)
		result.buckets[bucket] = after.buckets[bucket] - before.buckets[bucket];
	return result;
}

std::size_t bucket_of(std::uint64_t ns)
{
	return std::min<std::size_t>(std::bit_width(ns | 1) - 1, VMALOCK_WAIT_BUCKETS - 1);
}

times once(std::uint64_t ns)
{
	times result = {ns, {}};

	result.buckets[bucket_of(ns)] = 1;
	return result;
}

std::uint64_t count_of(const time_buckets &buckets)
{
	return std::accumulate(buckets.begin(), buckets.end(), std::uint64_t(0));
}

std::uint64_t median_below(const time_buckets &buckets)
{
	const std::uint64_t all = count_of(buckets);
	std::uint64_t seen = 0;

	for (std::size_t bucket = 0; bucket < buckets.size(); bucket++) {
		seen += buckets[bucket];
		if (all && seen * 2 >= all)
			return upper_end(bucket);
	}
	return 0;
}

std::uint64_t longest_below(const time_buckets &buckets)
{
	for (std::size_t bucket = buckets.size(); bucket-- > 0;)
		if (buckets[bucket])
			return upper_end(bucket);
	return 0;
}

} // namespace vmalock
