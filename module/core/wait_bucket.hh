// SPDX-License-Identifier: GPL-2.0-only
/** @file The histogram of waits: bucket n holds those from 2^n ns to twice that. */
#pragma once

#include "uapi/durations.h"
#include "uapi/types.h"

namespace vmalock {

/** The bucket of a wait; what is beyond the last (18 minutes) goes there too. */
constexpr int wait_bucket(vmalock_u64 ns)
{
	int bucket = 0;

	// Not by __builtin_clzll(), for which riscv64 calls a function.
	while ((ns >>= 1) && bucket < VMALOCK_WAIT_BUCKETS - 1)
		bucket++;
	return bucket;
}

static_assert(wait_bucket(0) == 0 && wait_bucket(1) == 0 && wait_bucket(2) == 1);
static_assert(wait_bucket(1023) == 9 && wait_bucket(1024) == 10);
static_assert(wait_bucket(~0ull) == VMALOCK_WAIT_BUCKETS - 1);

} // namespace vmalock
