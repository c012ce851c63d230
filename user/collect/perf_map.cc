// SPDX-License-Identifier: GPL-2.0-only
#include "collect/perf_map.hh"

#include <algorithm>
#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>

namespace vmalock {

namespace {
constexpr off_t most_bytes = 64 << 20;
} // namespace

perf_map::perf_map(const descriptor &file)
{
	struct stat found;

	if (fstat(file.get(), &found))
		return;
	std::string text(static_cast<std::size_t>(std::min(found.st_size, most_bytes)), '\0');
	const ssize_t length = pread(file.get(), text.data(), text.size(), 0);

	text.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
	for (std::size_t begin = 0, end; begin < text.size(); begin = end + 1) {
		unsigned long long start, size;
		int name = 0;

		end = std::min(text.find('\n', begin), text.size());
		const std::string line = text.substr(begin, end - begin);
		// Code that was made later lies in the same place and further down.
		if (std::sscanf(line.c_str(), "%llx %llx %n", &start, &size, &name) == 2 && name)
			by_start[start] = {size, line.substr(static_cast<std::size_t>(name))};
	}
}

std::string perf_map::function_at(std::uint64_t address) const
{
	auto next = by_start.upper_bound(address);

	if (next == by_start.begin())
		return "";
	--next;
	return address - next->first < next->second.size ? next->second.name : "";
}

} // namespace vmalock
