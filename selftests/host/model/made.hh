// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots made by hand, for what no recording shows.
 */
#pragma once

#include "model/snapshot.hh"

namespace vmalock::test {

inline group_faults faults(process_id id, std::uint64_t success, std::uint64_t access = 0,
			   std::uint64_t retry = 0)
{
	return {{.process = id}, success, access, retry};
}

inline group_fallbacks fallbacks(process_id id, vmalock_fallback cause, std::uint64_t count)
{
	return {{.process = id}, cause, count};
}

inline group_aborts aborts(process_id id, const char *caller, vmalock_abort_reason reason,
			   std::uint64_t count, const char *module = "")
{
	return {{.process = id}, caller, module, reason, count};
}

inline snapshot at(double seconds)
{
	snapshot result;

	result.seconds = seconds;
	result.kernel = "6.12.0-made";
	return result;
}

inline constexpr const char *fault_handler = "do_user_addr_fault";

} // namespace vmalock::test
