// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What is measured: by main.cc in seconds, by instructions.cc in instructions.
 */
#pragma once

#include <cstdio>
#include <string>
#include <unistd.h>
#include <vector>

#include "collect/kallsyms.hh"
#include "made_up.hh"
#include "model/report.hh"
#include "output/output.hh"

namespace vmalock::benchmark {

inline constexpr std::uint32_t seed = 20240704;
/** As many as a distribution's kernel has with its modules. */
inline constexpr int symbols = 200000;

inline std::size_t entries(const snapshot &snapshot)
{
	return snapshot.faults.size() + snapshot.aborts.size() + snapshot.fallbacks.size();
}

inline void add_all(writer_waits &sum, const std::vector<writer_wait> &records)
{
	for (const writer_wait &record : records)
		add(sum, record);
}

/** A file like /proc/kallsyms: of a hundred symbols 45 are functions, 20 are in modules. */
inline std::string made_up_symbols()
{
	std::string path = "/tmp/vmalock-benchmark-XXXXXX";
	const int file = mkstemp(path.data());
	std::FILE *stream = fdopen(file, "w");

	for (int i = 0; i < symbols; i++)
		std::fprintf(stream, "%016lx %c made_up_name_of_symbol_%d%s\n", 0xffffffff81000000 + 64ul * i,
			     i % 100 < 45 ? 't' : 'd', i, i % 5 ? "" : "\t[made_up_module]");
	std::fclose(stream);
	return path;
}

} // namespace vmalock::benchmark
