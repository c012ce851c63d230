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

#include "collect/descriptor.hh"

namespace vmalock {

class perf_map {
public:
	/** Reads it, but of a larger file no more than the first 64 MiB. */
	explicit perf_map(const descriptor &file);

	/** Empty if it names nothing there. */
	std::string function_at(std::uint64_t address) const;

private:
	struct code {
		std::uint64_t size;
		std::string name;
	};

	std::map<std::uint64_t, code> by_start;
};

} // namespace vmalock
