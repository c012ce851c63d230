// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Which stalls were recorded before. Pure: the caller passes the time.
 */
#pragma once

#include <cstdint>
#include <map>

#include "model/wait_chains.hh"

namespace vmalock {

/** A stall is the one of before as long as somebody waits in it who did so then. */
class told_stalls {
public:
	/** Is one of them new? @param now_ns no later than the look that saw them */
	bool any_new(const stall_report &report, std::uint64_t now_ns) const
	{
		for (const address_space_stall &stall : report.stalls)
			if (is_new(stall, now_ns))
				return true;
		return false;
	}

	/** All of @p report are recorded, and those that it has not are over. */
	void tell(const stall_report &report, std::uint64_t now_ns)
	{
		std::map<std::uint32_t, std::uint64_t> standing;

		for (const address_space_stall &stall : report.stalls)
			standing[stall.pid] = is_new(stall, now_ns) ? now_ns : told_ns.at(stall.pid);
		told_ns = std::move(standing);
	}

private:
	bool is_new(const address_space_stall &stall, std::uint64_t now_ns) const
	{
		const auto told = told_ns.find(stall.pid);

		return told == told_ns.end() || stall.ns < now_ns - told->second;
	}

	std::map<std::uint32_t, std::uint64_t> told_ns;		///< by process: when it was recorded
};

} // namespace vmalock
