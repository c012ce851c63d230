// SPDX-License-Identifier: GPL-2.0-only
#include "collect/this_machine.hh"

#include <ctime>
#include <fstream>
#include <sys/utsname.h>

namespace vmalock {

machine_identity this_machine()
{
	std::ifstream file("/proc/sys/kernel/random/boot_id");
	machine_identity result;
	utsname system;

	uname(&system);
	result.host = system.nodename;
	std::getline(file, result.boot_id);
	return result;
}

std::uint64_t now_ns(int clock)
{
	timespec now;

	clock_gettime(clock, &now);
	return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
	       static_cast<std::uint64_t>(now.tv_nsec);
}

std::vector<std::string> command_line()
{
	std::ifstream file("/proc/self/cmdline");
	std::vector<std::string> result;

	for (std::string word; std::getline(file, word, '\0');)
		result.push_back(word);
	return result;
}

} // namespace vmalock
