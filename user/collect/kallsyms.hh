// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Names for kernel text addresses, from /proc/kallsyms.
 */
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace vmalock {

struct kernel_symbol {
	std::string name;	///< empty if the address has none we may see
	std::string module;	///< empty for the kernel itself
};

class kallsyms {
public:
	/** The function that holds @p address. Reads the file at first use. */
	kernel_symbol find(std::uint64_t address);

private:
	void read();

	std::map<std::uint64_t, kernel_symbol> symbols;	///< by start address
};

} // namespace vmalock
