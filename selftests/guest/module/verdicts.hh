// SPDX-License-Identifier: GPL-2.0-only
/** @file What the assertions are expected to say, in words. */
#pragma once

#include <string>

#include <vmalock/verdict.h>

#include "memory.hh"
#include "module.hh"

namespace guest {

inline const char *word(std::uint32_t verdict)
{
	return verdict == VMALOCK_NO ? "no" : verdict == VMALOCK_YES ? "yes" : "unknown";
}

/** "locked write-locked stabilised attached" */
inline std::string text(const vmalock_test_verdicts &verdicts)
{
	return std::string(word(verdicts.locked)) + " " + word(verdicts.write_locked) + " " +
	       word(verdicts.stabilised) + " " + word(verdicts.attached);
}

inline void expect_verdicts(const device &device, std::uint32_t situation, const mapping &memory,
			    const std::string &expected)
{
	const std::string said = text(device.verdicts(situation, memory.start));

	expect(said == expected, "locked, write-locked, stabilised, attached: " + said + ", not " +
					 expected);
}

} // namespace guest
