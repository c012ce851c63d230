// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Looks at who stands still, for runs that trace: a stall has no events while it stands.
 */
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "cli/run_options.hh"
#include "collect/blocked_tasks.hh"
#include "collect/kallsyms.hh"
#include "model/wait_chains.hh"

namespace vmalock {

class stall_looks {
public:
	/**
	 * Before privileges are given up. What keeps it from looking keeps nobody from tracing.
	 * @param seconds between two looks at least
	 */
	stall_looks(const run_options &options, double seconds);

	/**
	 * What stands still now, or at the last look if that is not long ago, in which the
	 * processes of -p have a part. Empty for -t, --cgroup and a COMMAND, whose tasks a
	 * look does not know, unless all are traced; and if it cannot look.
	 */
	std::optional<stall_report> look();

	/** Why it cannot look, in a sentence; empty if it can. */
	const std::string &problem() const { return why_not; }

private:
	using clock = std::chrono::steady_clock;

	stall_filter filter;
	std::chrono::duration<double> least;
	kallsyms symbols;
	std::optional<blocked_tasks> tasks;
	std::string why_not;
	std::optional<stall_report> last;
	clock::time_point looked;
};

/** As a run begins. Nothing stands yet of a COMMAND, which begins with it. */
std::optional<stall_report> first_look(const run_options &options);

} // namespace vmalock
