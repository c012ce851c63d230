// SPDX-License-Identifier: GPL-2.0-only
#include "collect/vmstat.hh"

#include <fstream>

namespace vmalock {

std::optional<vmstat_counts> parse_vmstat(std::istream &stream)
{
	std::optional<vmstat_counts> result;
	std::string name;
	std::uint64_t value;

	while (stream >> name >> value) {
		if (!name.starts_with("vma_lock_"))
			continue;
		if (!result)
			result.emplace();
		if (name == "vma_lock_success")
			result->success = value;
		else if (name == "vma_lock_abort")
			result->abort = value;
		else if (name == "vma_lock_retry")
			result->retry = value;
		else if (name == "vma_lock_miss")
			result->miss = value;
	}
	return result;
}

std::optional<vmstat_counts> read_vmstat()
{
	std::ifstream stream("/proc/vmstat");

	return parse_vmstat(stream);
}

} // namespace vmalock
