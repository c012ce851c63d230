// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Names that a process gives to code it has made at run time, in a file
 * /tmp/perf-PID.map as perf reads it: Java, Node.js and others can write one.
 */
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "collect/process_files.hh"

namespace vmalock {

class perf_map {
public:
	/** Read the file if it has changed. */
	void refresh(const process_files &process);

	/** Empty if it names nothing there. */
	std::string function_at(std::uint64_t address) const;

private:
	struct code {
		std::uint64_t size;
		std::string name;
	};

	std::map<std::uint64_t, code> by_start;
	off_t read_up_to = 0;
};

} // namespace vmalock
