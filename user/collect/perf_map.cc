// SPDX-License-Identifier: GPL-2.0-only
#include "collect/perf_map.hh"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <sstream>
#include <unistd.h>

namespace vmalock {

namespace {
/** Larger files are read up to here. */
constexpr off_t most_bytes = 64 << 20;
} // namespace

void perf_map::refresh(const process_files &process)
{
	descriptor file = process.open_own(fmt::format("/tmp/perf-{}.map", process.own_pid()));
	struct stat found;

	if (!file || fstat(file.get(), &found) || found.st_size == read_up_to)
		return;
	std::string text(static_cast<std::size_t>(std::min(found.st_size, most_bytes)), '\0');
	const ssize_t length = pread(file.get(), text.data(), text.size(), 0);

	text.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
	read_up_to = found.st_size;
	by_start.clear();
	std::istringstream lines(text);
	for (std::string line; std::getline(lines, line);) {
		unsigned long long start, size;
		int name = 0;

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
