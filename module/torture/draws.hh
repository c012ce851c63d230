// SPDX-License-Identifier: GPL-2.0-only
/** @file Random draws that a seed repeats. */
#pragma once

#include "uapi/types.h"

namespace vmalock::torture {

/** splitmix64: each number of the state is drawn once, whatever the seed. */
class draws {
public:
	explicit constexpr draws(vmalock_u64 seed) : state(seed) {}

	constexpr vmalock_u64 next()
	{
		vmalock_u64 mixed = state += 0x9e3779b97f4a7c15;

		mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
		mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
		return mixed ^ mixed >> 31;
	}

	/** The upper half, since there is no 128-bit division in the kernel. */
	constexpr vmalock_u32 below(vmalock_u32 limit)
	{
		return static_cast<vmalock_u32>((next() >> 32) * limit >> 32);
	}

private:
	vmalock_u64 state;
};

} // namespace vmalock::torture
