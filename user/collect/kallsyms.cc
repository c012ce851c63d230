// SPDX-License-Identifier: GPL-2.0-only
#include "collect/kallsyms.hh"

#include <cinttypes>
#include <cstdio>
#include <memory>

namespace vmalock {

void kallsyms::read()
{
	std::unique_ptr<std::FILE, int (*)(std::FILE *)> file(std::fopen("/proc/kallsyms", "re"),
							      std::fclose);
	char line[512];

	while (file && std::fgets(line, sizeof(line), file.get())) {
		std::uint64_t address;
		char type, name[256], module[64] = "";

		if (std::sscanf(line, "%" SCNx64 " %c %255s [%63[^]]", &address, &type, name,
				module) < 3)
			continue;
		// Addresses read as zero without CAP_SYSLOG; only text calls.
		if (address && (type == 't' || type == 'T'))
			symbols.emplace(address, kernel_symbol{name, module});
	}
	// Also what keeps a file that shows nothing from being read again.
	symbols.emplace(0, kernel_symbol{});
}

kernel_symbol kallsyms::find(std::uint64_t address)
{
	if (symbols.empty())
		read();
	return std::prev(symbols.upper_bound(address))->second;
}

} // namespace vmalock
