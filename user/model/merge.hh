// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Several machines' reports as one. Pure.
 */
#pragma once

#include <string>
#include <vector>

#include "model/report.hh"

namespace vmalock {

struct host_report {
	std::string host;
	vmalock::report report;
};

/**
 * All of them: rows stay apart, as NAME@HOST, and are ordered as in a report of
 * one; counts of no process are added. What the kernel itself counted is left
 * out unless each of them did. What stood still is left to the report of each.
 * @param reports at least one, all counted by the same
 */
report merge(std::vector<host_report> reports);

} // namespace vmalock
